"""Windows in which attempts and bytes are counted, per voter, network and site.

They are counted in Redis, for all processes. Where it is away or full each process counts for
itself: a limit then holds once for each process, and an outage opens none.
"""

from __future__ import annotations

import logging
import time
from functools import cache, lru_cache
from typing import Any, Literal

from django.conf import settings
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import (
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)

from arena.core.redis import CONNECTION

log = logging.getLogger(__name__)

REMEMBERED = 1_000
"""Hits of a window that are remembered one by one; of larger ones only the number is kept."""

Strategy = Literal["moving", "sliding"]


class CountingWindow:
    """Windows of one purpose: a rate such as ``20/minute;300/day`` has one for each part."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose

    def hit(self, rate: str, scope: str, identity: str, *, cost: int = 1) -> int:
        """Count this and return 0, else the seconds until there is room for more."""
        for limit in windows_of(rate):
            if not self._ask(limit, scope, identity, cost=cost):
                return self._wait(limit, scope, identity)
        return 0

    def test(self, rate: str, scope: str, identity: str) -> int:
        """Count nothing and return 0 where there is room, else the seconds until there is."""
        for limit in windows_of(rate):
            if not self._ask(limit, scope, identity, cost=0):
                return self._wait(limit, scope, identity)
        return 0

    def _ask(self, limit: RateLimitItem, *identifiers: str, cost: int) -> bool:
        try:
            return _asked(_shared(_strategy(limit)), limit, self._purpose, *identifiers, cost=cost)
        except StorageError as error:
            log.warning("rates are counted by each process: %s", type(error.storage_error).__name__)
            return _asked(_own(_strategy(limit)), limit, self._purpose, *identifiers, cost=cost)

    def _wait(self, limit: RateLimitItem, *identifiers: str) -> int:
        names = (self._purpose, *identifiers)
        try:
            reset = _shared(_strategy(limit)).get_window_stats(limit, *names).reset_time
        except StorageError:
            reset = _own(_strategy(limit)).get_window_stats(limit, *names).reset_time
        return max(1, round(reset - time.time()))


def _asked(limiter: RateLimiter, limit: RateLimitItem, *identifiers: str, cost: int) -> bool:
    if cost:
        return limiter.hit(limit, *identifiers, cost=cost)
    return limiter.test(limit, *identifiers)


@lru_cache(maxsize=32)
def windows_of(rate: str) -> list[RateLimitItem]:
    """Return the windows of a rate, none for an empty one. Reading a rate takes longer than
    counting one hit."""
    return parse_many(rate) if rate else []


def _strategy(limit: RateLimitItem) -> Strategy:
    return "moving" if limit.amount <= REMEMBERED else "sliding"


@cache
def _shared(strategy: Strategy) -> RateLimiter:
    address = settings.LIMITS_STORAGE
    options: dict[str, Any] = {"wrap_exceptions": True}
    if address.startswith("redis"):
        options |= {"key_prefix": "va:limits", **CONNECTION}
    return _windows(strategy, storage_from_string(address, **options))


@cache
def _own(strategy: Strategy) -> RateLimiter:
    return _windows(strategy, MemoryStorage())


def _windows(strategy: Strategy, storage: Any) -> RateLimiter:
    kinds = {"moving": MovingWindowRateLimiter, "sliding": SlidingWindowCounterRateLimiter}
    return kinds[strategy](storage)
