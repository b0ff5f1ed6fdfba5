"""How many passwords are tried for a name and from an address, counted in the database.

django-axes counts a guess once it has failed. Guesses that come at once are then all tried, since
none of them has failed yet; so here each is counted before its password is looked at, and taken
back when it was right. A right password whose code is wrong stays counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from arena.core.errors import TooMany
from arena.core.locks import exclusive
from arena.core.middleware import answer
from arena.core.network import client_address

_LOCK = "sign-in"


class GuessCounter(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """What django-axes asks and tells; its tables and commands are the library's own."""

    def is_allowed(self, request: Any, credentials: Any = None) -> bool:
        """Return whether this password may be tried; if so, it is counted. The lock is held for a
        few milliseconds and not while a password is hashed."""
        name = _counted_as(get_client_username(request, credentials) or "")
        with exclusive(_LOCK):
            self.clean_expired_user_attempts(request)
            request.sign_in_wait = _wait(name, request.axes_ip_address)
            if not request.sign_in_wait:
                _count(name, request.axes_ip_address)
        return not request.sign_in_wait

    def user_login_failed(
        self, sender: Any, credentials: Any, request: Any = None, **_: Any
    ) -> None:
        """Nothing is left to do: the guess is counted."""

    def user_logged_in(self, sender: Any, request: Any, user: User, **_: Any) -> None:
        """Take back what was counted for this name from this address, and nothing of others: who
        has an account could else guess at another's for ever."""
        forget(request, user)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **_: Any) -> None:
        """Nothing is kept of it."""


def forget(request: Any, user: User) -> None:
    """Take back the guesses at this account from where the request comes."""
    found = AccessAttempt.objects.filter(username=user.get_username())
    found.filter(ip_address=request.axes_ip_address).delete()


def address_of(request: HttpRequest) -> str | None:
    """Return what guesses are counted under: an IPv4 address or an IPv6 /64, the least that one
    visitor has; None for what can't be read as one."""
    try:
        found = ip_address(client_address(request).partition("%")[0])
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False).network_address)


def refusal(request: Any, *_: Any) -> HttpResponse:
    """Return the page that says how long to wait; the same for a right and for a wrong password."""
    return answer(request, TooMany(retry_after=request.sign_in_wait))


def _wait(name: str, address: str | None) -> int:
    """Seconds until another password is tried; 0 for now."""
    rows = AccessAttempt.objects.order_by("attempt_time")
    by_name = _free_in(rows.filter(username=name), settings.SIGN_IN_GUESSES)
    by_address = _free_in(rows.filter(ip_address=address), settings.SIGN_IN_GUESSES_ADDRESS)
    return max(by_name, by_address)


def _free_in(oldest_first: Iterable[Any], limit: int) -> int:
    """Seconds until so many of the counted guesses are forgotten that there is room for one."""
    rows = list(oldest_first)
    counted, free = sum(row.failures_since_start for row in rows), 0
    for row in rows:
        if counted < limit:
            break
        counted -= row.failures_since_start
        left = row.attempt_time + settings.AXES_COOLOFF_TIME - timezone.now()
        free = max(1, round(left.total_seconds()))
    return free


def _counted_as(name: str) -> str:
    """The name, or its keyed hash if it is no account's: some type their password into that box."""
    if User.objects.filter(username=name).exists():
        return name
    return f"no account {salted_hmac('arena.operations.guesses', name).hexdigest()[:16]}"


def _count(name: str, address: str | None) -> None:
    row, is_new = AccessAttempt.objects.get_or_create(
        username=name,
        ip_address=address,
        user_agent="",
        defaults={"failures_since_start": 1},
    )
    if not is_new:
        same = AccessAttempt.objects.filter(pk=row.pk)
        same.update(failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now())
