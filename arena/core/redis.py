"""The site's connection to Redis: short timeouts, because a visitor is waiting behind each call."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.retry import Retry

TIMEOUT_SECONDS = 2.0
CONNECTION: dict[str, Any] = {
    "socket_timeout": TIMEOUT_SECONDS,
    "socket_connect_timeout": TIMEOUT_SECONDS,
    "health_check_interval": 5,
    # A connection that was closed meanwhile is opened anew; one that hangs isn't waited for twice.
    "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
}


@cache
def client() -> Redis:
    """One pool for the process, safe between threads."""
    return Redis.from_url(settings.REDIS_URL, **CONNECTION)


def async_client() -> AsyncRedis:
    """A client of its own for the running event loop; it may block for less than its timeout."""
    return AsyncRedis.from_url(
        settings.REDIS_URL,
        socket_timeout=2 * TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=AsyncRetry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )
