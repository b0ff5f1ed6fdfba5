"""Browsers in which an operator has signed in before, known by a cookie.

Whoever knows an operator's name could keep the owner out by guessing at the password. So guesses in
a browser that is known are counted by themselves: strangers' guesses don't make it wait, and it has
no more of them than any other. The cookie opens nothing, and ends with the password that it was
given for.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string

COOKIE_SECONDS = 180 * 24 * 3600
_ID_LETTERS = 12


def device_of(request: HttpRequest, user: User) -> str | None:
    """Return the browser's id where this account has signed in there before, else None."""
    value = request.COOKIES.get(_cookie_name(user), "")
    try:
        return _signer(user).unsign(value, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser be known from now on; one that is known keeps its id."""
    device = device_of(request, user) or get_random_string(_ID_LETTERS)
    response.set_cookie(
        _cookie_name(user),
        _signer(user).sign(device),
        max_age=COOKIE_SECONDS,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _cookie_name(user: User) -> str:
    return f"arena_device_{user.pk}"


def _signer(user: User) -> signing.TimestampSigner:
    """The signer for one account and its password of now."""
    return signing.TimestampSigner(
        salt=f"arena.operations.known_devices {user.pk} {user.get_session_auth_hash()}"
    )
