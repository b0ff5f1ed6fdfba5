"""Reading who is asking."""

from __future__ import annotations

import uuid

from django.core import signing
from django.http import HttpRequest

from arena.voters.models import Voter

COOKIE = "voter"
SALT = "arena.voters"
COOKIE_SECONDS = 365 * 24 * 3600


def voter_of(request: HttpRequest) -> Voter | None:
    """The voter of this browser, if it has done anything yet."""
    identity = identity_of(request)
    return Voter.objects.filter(id=identity).first() if identity else None


def identity_of(request: HttpRequest) -> uuid.UUID | None:
    """Whom this browser's cookie names: enough to ask for what is the voter's own."""
    return identity_from(request.COOKIES.get(COOKIE, ""))


def identity_from(cookie: str) -> uuid.UUID | None:
    """Whom a signed cookie names, whether or not there is a row of it yet.

    None for a forged, old or empty one.
    """
    try:
        return uuid.UUID(signing.loads(cookie, salt=SALT, max_age=COOKIE_SECONDS))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
