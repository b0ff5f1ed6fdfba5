"""Limits of single actions: votes and changes of them, samples and readings of public pages."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Literal

from django.conf import settings
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from arena.core.errors import TooMany
from arena.gates.windows import CountingWindow, windows_of

Action = Literal["vote", "change", "sample", "fresh_sample", "transfer", "account", "export"]
SITE = "site"


def admit(action: Action, *, voter: str = "", network: str = "") -> None:
    """Raises TooMany when the voter, the network or the site is over its limit for this action.

    A visitor who is nobody yet counts for the network alone.
    """
    rates = {
        "vote": (("voter", voter, settings.RATE_VOTES),),
        "change": (("voter", voter, settings.RATE_VOTES),),
        "sample": (("network", network, settings.RATE_SAMPLES_NETWORK),),
        "fresh_sample": (("site", SITE, settings.RATE_FRESH_SAMPLES),),
        "transfer": (("network", network, settings.RATE_TRANSFERS),),
        "account": (("network", network, settings.RATE_ACCOUNTS),),
        "export": (
            ("voter", voter, settings.RATE_EXPORTS),
            ("network", network, settings.RATE_EXPORTS_NETWORK),
        ),
    }[action]
    window = CountingWindow(action)
    for scope, identity, rate in rates:
        if identity and (wait := window.hit(rate, scope, identity)):
            raise TooMany(retry_after=wait)


def is_admitted(action: Action) -> bool:
    """Return False where the site as a whole is over its limit for this action."""
    try:
        admit(action)
    except TooMany:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ReaderAllowance:
    """The readings that a network may make in a window, those left of it, and its last seconds."""

    limit: int
    window_seconds: int
    left: int
    seconds_left: int


def admit_reader(*, network: str) -> ReaderAllowance:
    """Return what is left to a network. Raises TooMany for one that reads faster than its people
    can.

    Counted in this process alone: a board can be read while Redis can't.
    """
    (limit,) = windows_of(settings.RATE_READS_NETWORK)
    admitted = _readers().hit(limit, network)
    window = _readers().get_window_stats(limit, network)
    seconds_left = max(1, round(window.reset_time - time.time()))
    if not admitted:
        raise TooMany(retry_after=seconds_left)
    return ReaderAllowance(limit.amount, limit.get_expiry(), max(0, window.remaining), seconds_left)


@cache
def _readers() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())
