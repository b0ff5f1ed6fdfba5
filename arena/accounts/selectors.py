"""Reading accounts of voters."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from django.core import signing

from arena.accounts.models import VoterAccount

LINK_HOURS = 24
"""How long a link works by which somebody who forgot a password sets another one."""
_SALT = "voters-password-link"


class NoPassword(LookupError):
    """The error that no account with a password has a certain name."""


def account_of(voter: UUID | None) -> VoterAccount | None:
    """Return the account of a voter, if there is one."""
    return VoterAccount.objects.filter(voter=voter).first() if voter else None


def account_named(name: str) -> VoterAccount | None:
    """Return the account with this name and a password, if there is one, with the voter as it is
    now: a password that is changed while it is compared ends the sign-in that comes of it."""
    rows = VoterAccount.objects.select_related("voter")
    return rows.filter(sign_in_name=folded(name)).first()


def account_at_provider(issuer: str, subject: str) -> VoterAccount | None:
    """Return the account of a provider's subject, if there is one."""
    return VoterAccount.objects.filter(issuer=issuer, subject=subject).first()


def folded(name: str) -> str:
    """Return a name as it is compared: upper and lower case and ways of writing are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())[:100]


def link_token(name: str) -> str:
    """Return the secret part of a link for the account of this name, which an operator gives to its
    owner, since no e-mail address is stored. Raises NoPassword.

    It holds the hash of the password: once that is changed, no earlier link is worth anything.
    """
    account = account_named(name)
    if account is None:
        raise NoPassword(name)
    return signing.dumps([str(account.pk), _fingerprint(account)], salt=_SALT)


def account_of_link(token: str) -> VoterAccount | None:
    """Return the account of a link; None for one that is forged, used or too old."""
    try:
        pk, fingerprint = signing.loads(token, salt=_SALT, max_age=3600 * LINK_HOURS)
    except signing.BadSignature:
        return None
    account = VoterAccount.objects.filter(pk=pk).first()
    return account if account and _fingerprint(account) == fingerprint else None


def _fingerprint(account: VoterAccount) -> str:
    """Return what changes with the password and doesn't tell its hash."""
    signer = signing.Signer(salt=_SALT)
    return signer.signature(f"{account.pk} {account.password}")
