"""Rates and budgets: a window per voter, one per network, one for the site, never one on the pair.

They are counted in Redis, for all processes. Where it is away or full each process counts for
itself: a limit then holds once for each process, and an outage opens none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from django.conf import settings
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)

from arena.core.errors import TooMany
from arena.core.redis import CONNECTION
from arena.gates.services.room import NoRoom

log = logging.getLogger(__name__)

Action = Literal["battle", "vote", "sample", "fresh_sample"]
SITE = "site"


def admit(action: Action, *, voter: str | None = None, network: str = "") -> None:
    """Raises TooMany when the voter or the network is over its limit for this action, and for a
    battle also when a budget of bytes is spent; NoRoom when the site's is.

    A visitor who is nobody yet counts for the network alone.
    """
    identities = {"voter": voter, "network": network, "site": SITE}
    for scope, limit in _limits(action).items():
        identity = identities[scope]
        if identity is not None and not _rates.hit(limit, action, scope, identity):
            raise TooMany(retry_after=_rates.wait(limit, action, scope, identity))
    if action == "battle":
        _charge(0, identities)


def spend(count: int, *, voter: str | None, network: str) -> None:
    """Take so many bytes out of the budgets. Raises TooMany when the voter's or the network's is
    spent, NoRoom when the site's is.
    """
    _charge(count, {"voter": voter, "network": network, "site": SITE})


def is_admitted(action: Action) -> bool:
    """Return False where the site as a whole is over its limit for this action."""
    try:
        admit(action)
    except TooMany:
        return False
    return True


def admit_reader(*, network: str) -> None:
    """Raises TooMany for a network that reads faster than its people can.

    Counted in this process alone: a board can be read while Redis can't.
    """
    limit = parse(settings.RATE_READS_NETWORK)
    if not _readers().hit(limit, network):
        reset = _readers().get_window_stats(limit, network).reset_time
        raise TooMany(retry_after=max(1, round(reset - time.time())))


def _charge(count: int, identities: Mapping[str, str | None]) -> None:
    """Take ``count`` bytes from each budget; 0 only asks whether there is anything left."""
    for scope, limit in _budgets().items():
        identity = identities[scope]
        ask = _bytes.hit if count else _bytes.test
        if identity is None or ask(limit, "bytes", scope, identity, cost=count or 1):
            continue
        retry_after = _bytes.wait(limit, "bytes", scope, identity)
        if scope == "site":
            raise NoRoom("bytes", retry_after=retry_after)
        raise TooMany(retry_after=retry_after)


def _limits(action: Action) -> dict[str, RateLimitItem]:
    rates = {
        "battle": {"voter": settings.RATE_BATTLES, "network": settings.RATE_BATTLES_NETWORK},
        "vote": {"voter": settings.RATE_VOTES},
        "sample": {"network": settings.RATE_SAMPLES_NETWORK},
        "fresh_sample": {"site": settings.RATE_FRESH_SAMPLES},
    }[action]
    return {scope: parse(rate) for scope, rate in rates.items()}


def _budgets() -> dict[str, RateLimitItem]:
    return {
        "voter": parse(settings.BYTES_VOTER),
        "network": parse(settings.BYTES_NETWORK),
        "site": parse(settings.BYTES_SITE),
    }


Strategy = Literal["moving", "sliding"]
"""Single hits are remembered one by one; bytes are counted, for there are too many."""


class _Window:
    """A kind of window in the store, and in this process while the store can't count."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy: Strategy = strategy

    def hit(self, limit: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        try:
            return _shared(self._strategy).hit(limit, *identifiers, cost=cost)
        except StorageError as error:
            log.warning("rates are counted by each process: %s", type(error.storage_error).__name__)
            return _own(self._strategy).hit(limit, *identifiers, cost=cost)

    def test(self, limit: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        try:
            return _shared(self._strategy).test(limit, *identifiers, cost=cost)
        except StorageError:
            return _own(self._strategy).test(limit, *identifiers, cost=cost)

    def wait(self, limit: RateLimitItem, *identifiers: str) -> int:
        """Return the seconds until the window opens."""
        try:
            reset = _shared(self._strategy).get_window_stats(limit, *identifiers).reset_time
        except StorageError:
            reset = _own(self._strategy).get_window_stats(limit, *identifiers).reset_time
        return max(1, round(reset - time.time()))


_rates, _bytes = _Window("moving"), _Window("sliding")


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


@cache
def _readers() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())
