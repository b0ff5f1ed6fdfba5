"""The settings that say who gets in: invited people, and operators with their accounts."""

from __future__ import annotations

from datetime import timedelta

from arena.config.env import env

INVITED_ONLY = env.flag("ARENA_INVITED_ONLY", default=False)
"""Pages, API and live text are for those alone who have accepted an invitation."""
SIGN_IN_GUESSES = env.integer("ARENA_SIGN_IN_GUESSES", 5, least=1)
"""The number of passwords that may be tried for one name, from all addresses together."""
SIGN_IN_GUESSES_ADDRESS = env.integer("ARENA_SIGN_IN_GUESSES_ADDRESS", 20, least=1)
"""The same for one address, for whatever names."""
SIGN_IN_MINUTES = env.integer("ARENA_SIGN_IN_MINUTES", 15, least=1)
SESSION_COOKIE_AGE = 60 * env.integer("ARENA_SESSION_MINUTES", 480, least=1)
"""Seconds. Only staff have a session: a voter is known by a cookie of another kind."""
SECOND_FACTOR_ROLES = env.listing("ARENA_SECOND_FACTOR_ROLES")
"""Names of groups whose members get in with a second factor alone."""
OIDC_ISSUER = env.text("ARENA_OIDC_ISSUER", "")
"""The OpenID Connect provider that operators may sign in by; empty for none."""
OIDC_CLIENT = env.text("ARENA_OIDC_CLIENT", "")
OIDC_SECRET = env.text("ARENA_OIDC_SECRET", "")
OIDC_ROLES_CLAIM = env.text("ARENA_OIDC_ROLES_CLAIM", "groups")
"""The claim that lists the roles of whoever signs in: Viewers, Moderators, Operators, Owners."""
OIDC_NAME = env.text("ARENA_OIDC_NAME", "Single sign-on")
VOTER_ACCOUNTS = env.flag("ARENA_VOTER_ACCOUNTS", default=True)
"""Voters may find their battles again by a name and a password; nobody is asked to."""
VOTER_OIDC = env.flag("ARENA_VOTER_OIDC", default=False)
"""The same by the provider of the operators: whoever it knows, with a role or without."""
ACCOUNT_HOURS = env.integer("ARENA_ACCOUNT_HOURS", 0, least=0)
"""Only votes of voters whose account is so old count; 0 asks nobody for an account."""

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "arena.operations.guesses.GuessCounter"
AXES_LOCKOUT_PARAMETERS = [["username"], ["ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_MINUTES)
AXES_CLIENT_IP_CALLABLE = "arena.operations.guesses.address_of"
AXES_LOCKOUT_CALLABLE = "arena.operations.guesses.refusal"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
"""Else whoever goes on guessing keeps the owner out for ever."""
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
