"""The settings of operators' accounts: guesses at a password, and how long a session lives."""

from __future__ import annotations

from datetime import timedelta

from arena.config import env

SIGN_IN_GUESSES = env.integer("ARENA_SIGN_IN_GUESSES", 5, least=1)
"""So many passwords are tried for one name, from wherever they come; then it waits."""
SIGN_IN_GUESSES_ADDRESS = env.integer("ARENA_SIGN_IN_GUESSES_ADDRESS", 20, least=1)
"""The same for one address, for whatever names."""
SIGN_IN_MINUTES = env.integer("ARENA_SIGN_IN_MINUTES", 15, least=1)
SESSION_COOKIE_AGE = 60 * env.integer("ARENA_SESSION_MINUTES", 480, least=1)
"""Seconds. Only staff have a session: a voter is known by a cookie of another kind."""

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
