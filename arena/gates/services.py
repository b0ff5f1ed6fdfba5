"""The rate limit: one window per voter and one per network, never one on the pair."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any, Literal

from django.conf import settings
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from arena.core.errors import TooMany
from arena.core.redis import CONNECTION
from arena.gates.states import Verdict

log = logging.getLogger(__name__)

Action = Literal["battle", "vote"]


def admit(action: Action, *, voter: str | None, network: str) -> None:
    """Raises TooMany when the voter or the network is over its limit for this action.

    A visitor who is nobody yet counts for the network alone.
    """
    for scope, limit in _limits(action).items():
        identity = voter if scope == "voter" else network
        if identity is not None and _verdict(limit, action, scope, identity) is Verdict.FAIL:
            raise TooMany(retry_after=_wait(limit, action, scope, identity))


def admit_reader(*, network: str) -> None:
    """Raises TooMany for a network that reads faster than its people can.

    Counted in this process alone: a board can be read while Redis can't.
    """
    limit = parse(settings.RATE_READS_NETWORK)
    if not _readers().hit(limit, network):
        reset = _readers().get_window_stats(limit, network).reset_time
        raise TooMany(retry_after=max(1, round(reset - time.time())))


def _limits(action: Action) -> dict[str, RateLimitItem]:
    if action == "vote":
        return {"voter": parse(settings.RATE_VOTES)}
    return {"voter": parse(settings.RATE_BATTLES), "network": parse(settings.RATE_BATTLES_NETWORK)}


def _verdict(limit: RateLimitItem, *identifiers: str) -> Verdict:
    try:
        return Verdict.PASS if _limiter().hit(limit, *identifiers) else Verdict.FAIL
    except StorageError as error:
        log.warning("the rate limit is unknown: %s", error)
        return Verdict.UNKNOWN


def _wait(limit: RateLimitItem, *identifiers: str) -> int:
    try:
        reset = _limiter().get_window_stats(limit, *identifiers).reset_time
    except StorageError:
        return limit.get_expiry()
    return max(1, round(reset - time.time()))


@cache
def _limiter() -> MovingWindowRateLimiter:
    address = settings.LIMITS_STORAGE
    options: dict[str, Any] = {"wrap_exceptions": True}
    if address.startswith("redis"):
        options |= {"key_prefix": "va:limits", **CONNECTION}
    return MovingWindowRateLimiter(storage_from_string(address, **options))


@cache
def _readers() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())
