"""The site's connection to Redis: short timeouts, because a visitor is waiting behind each call.

A Redis that is down refuses at once. One that hangs takes the connection and says nothing, so each
call would wait for its own timeout, and a request makes five; with ``CircuitBreaker`` one waits for
all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock, get_ident
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

T = TypeVar("T")

TIMEOUT_SECONDS = 2.0
REST_SECONDS = 3.0
"""After a timeout no call of this process uses Redis for this time; then one call tries."""


class CircuitBreaker(Retry):
    """The policy of every connection here, and a circuit breaker: redis-py leads each call, a
    pipeline's, a script's and the opening of a connection through it.

    redis-py's own breaker belongs to its client for several databases, which asks them in threads
    of its own and counts failures by rate; pybreaker, which that one uses, holds a lock while a
    call runs, so all threads of a process would ask Redis one after the other.
    """

    def __init__(self) -> None:
        # A connection that was closed meanwhile is opened anew; one that hangs isn't waited for
        # twice.
        super().__init__(NoBackoff(), 1, supported_errors=(ConnectionError,))
        self._lock = Lock()
        self._open_until = 0.0
        self._trying = 0
        """The thread that looks, after a rest, whether Redis answers again."""

    def __deepcopy__(self, _memo: object) -> CircuitBreaker:
        """Return itself: each connection copies its policy, but all share one state."""
        return self

    def call_with_retry(
        self, do: Callable[[], T], fail: Callable[..., Any], *args: Any, **options: Any
    ) -> T:
        """Raises ConnectionError, without touching the network, while Redis is let rest."""
        # Whoever comes first after a rest tries, the others are refused until it knows more.
        now, me = monotonic(), get_ident()
        with self._lock:
            if self._open_until and now >= self._open_until:
                self._open_until, self._trying = now + REST_SECONDS, me
            if now < self._open_until and self._trying != me:
                raise ConnectionError("Redis did not answer a moment ago, and is let rest")
        try:
            result = super().call_with_retry(do, fail, *args, **options)
        except TimeoutError:
            with self._lock:
                self._open_until = monotonic() + REST_SECONDS
                self._trying = 0
            raise
        if self._trying == get_ident():
            with self._lock:
                self._open_until, self._trying = 0.0, 0
        return result


CONNECTION: dict[str, Any] = {
    "socket_timeout": TIMEOUT_SECONDS,
    "socket_connect_timeout": TIMEOUT_SECONDS,
    "health_check_interval": 5,
    "retry": CircuitBreaker(),
}


@cache
def client() -> Redis:
    """Return the client of this process, whose connection pool threads share safely."""
    return Redis.from_url(settings.REDIS_URL, **CONNECTION)


def async_client() -> AsyncRedis:
    """A client of its own for the running event loop; it may block for less than its timeout."""
    return AsyncRedis.from_url(
        settings.REDIS_URL,
        socket_timeout=2 * TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=AsyncRetry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )
