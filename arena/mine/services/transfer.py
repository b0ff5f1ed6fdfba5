"""A code that carries a browser's identity to another device: once, and within minutes.

Redis holds only a hash of the code, beside the identity and the mark of its sign-in, for as long as
the code lives.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from arena.core.errors import DomainError, Unavailable
from arena.core.redis import client

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that nobody takes for one another."""
LENGTH = 16
"""Characters of a code: 78 bits, of which the limits let nobody try more than a few hundred."""
_CODE, _OF = "va:transfer:", "va:transfer-of:"


class UnknownCode(DomainError):
    """The code was never made, was used, or is too old: one answer for all three."""

    code = "unknown_code"
    message = _("This code is not valid: it may be mistyped, used already, or too old.")


def make_code(*, voter: UUID, mark: str = "") -> str:
    """Return a new code for this voter; an earlier one that was not used is void from now on.
    ``mark`` is that of the browser's sign-in: once that has ended, the code is worth nothing.

    Raises Unavailable without Redis.
    """
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    seconds, hashed = 60 * settings.TRANSFER_MINUTES, _hash(code)
    try:
        earlier = client().set(_OF + str(voter), hashed, ex=seconds, get=True)
        with client().pipeline(transaction=True) as pipe:
            if earlier:
                pipe.delete(_CODE + bytes(earlier).decode())  # type: ignore[arg-type]  # both clients' type
            pipe.set(_CODE + hashed, f"{voter}:{mark}", ex=seconds)
            pipe.execute()
    except RedisError as error:
        raise Unavailable from error
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def void_code(*, voter: UUID) -> None:
    """Make the code of this voter void, if there is one. Raises Unavailable without Redis."""
    try:
        made = client().getdel(_OF + str(voter))
        if made:
            client().delete(_CODE + bytes(made).decode())  # type: ignore[arg-type]  # both clients' type
    except RedisError as error:
        raise Unavailable from error


def take_code(*, code: str) -> tuple[UUID, str]:
    """Return whom a code stands for and the mark that it was made with, and make it void. Raises
    UnknownCode, Unavailable."""
    written = "".join(letter for letter in code.upper() if letter in LETTERS)
    try:
        found = client().getdel(_CODE + _hash(written))
    except RedisError as error:
        raise Unavailable from error
    if not found:
        raise UnknownCode
    voter, _, mark = bytes(found).decode().partition(":")  # type: ignore[arg-type]  # both clients' type
    return UUID(voter), mark


def _hash(code: str) -> str:
    return hashlib.sha256(f"transfer:{code}".encode()).hexdigest()
