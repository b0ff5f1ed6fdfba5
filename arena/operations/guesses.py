"""Count in the database the passwords that are tried for a name and from an address.

django-axes counts a guess after it has failed. Of many simultaneous guesses none has failed yet, so
all are tried. Here each guess is counted before its password is checked, and removed again if the
password was right. A right password with a wrong code stays counted. A browser in which the account
has signed in before is counted separately, see ``known_devices``.
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
from arena.core.web.middleware import answer
from arena.core.web.network import client_address
from arena.operations import known_devices

_LOCK = "sign-in"


class GuessCounter(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """The handler that django-axes calls; tables and commands are those of the library."""

    def is_allowed(self, request: Any, credentials: Any = None) -> bool:
        """Return whether this password may be tried; if so, it is counted. The lock is held for a
        few milliseconds and not while a password is hashed."""
        name = get_client_username(request, credentials) or ""
        user = User.objects.filter(username=name).first()
        device = user and known_devices.device_of(request, user)
        if user is None:
            name = _hashed(name)
        elif device:
            name = _of_device(name, device)
        with exclusive(_LOCK):
            self.clean_expired_user_attempts(request)
            request.sign_in_wait = seconds_to_wait(
                name, request.axes_ip_address, any_address=bool(device)
            )
            if not request.sign_in_wait:
                count_guess(name, request.axes_ip_address)
        return not request.sign_in_wait

    def user_login_failed(
        self, sender: Any, credentials: Any, request: Any = None, **_: Any
    ) -> None:
        """Do nothing: the guess is already counted."""

    def user_logged_in(self, sender: Any, request: Any, user: User, **_: Any) -> None:
        """Take back what was counted for this name from this address, and nothing of others: who
        has an account could else guess at another's for ever."""
        forget(request, user)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **_: Any) -> None:
        """Do nothing: signing out is not recorded."""


def forget(request: Any, user: User) -> None:
    """Take back the guesses at this account from where the request comes."""
    name, device = user.get_username(), known_devices.device_of(request, user)
    if device:
        AccessAttempt.objects.filter(username=_of_device(name, device)).delete()
    else:
        AccessAttempt.objects.filter(username=name, ip_address=request.axes_ip_address).delete()


def forget_name(request: Any, name: str) -> None:
    """Take back the guesses from where the request comes at a name that no operator has."""
    rows = AccessAttempt.objects.filter(username=_hashed(name))
    rows.filter(ip_address=request.axes_ip_address).delete()


def forget_every(name: str) -> None:
    """Take back all guesses at a name that no operator has, of whoever made them."""
    AccessAttempt.objects.filter(username=_hashed(name)).delete()


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


def seconds_to_wait(name: str, address: str | None, *, any_address: bool) -> int:
    """Return the seconds until another password is tried, 0 for now.

    With ``any_address`` only the guesses under this name count, wherever they came from.
    """
    rows = AccessAttempt.objects.order_by("attempt_time")
    by_name = _free_in(rows.filter(username=name), settings.SIGN_IN_GUESSES)
    if any_address:
        return by_name
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


def _hashed(name: str) -> str:
    """Return the name for counting guesses at what is no operator's account. Some type their
    password into that box: only its keyed hash is kept."""
    digest = salted_hmac("arena.operations.guesses", name).hexdigest()
    return f"no account {digest[:16]}"


def _of_device(name: str, device: str) -> str:
    """Return the name for counting guesses in a known browser, which no account can have."""
    return f"{name} (device {device})"


def count_guess(name: str, address: str | None) -> None:
    row, is_new = AccessAttempt.objects.get_or_create(
        username=name,
        ip_address=address,
        user_agent="",
        defaults={"failures_since_start": 1},
    )
    if not is_new:
        same = AccessAttempt.objects.filter(pk=row.pk)
        same.update(failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now())
