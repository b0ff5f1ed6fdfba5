"""The site's connection to Redis: short timeouts, because a visitor is waiting behind each call."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 2.0


@cache
def client() -> Redis:
    """One pool for the process, safe between threads."""
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=5,
        retry=Retry(NoBackoff(), 1),
    )


def async_client() -> AsyncRedis:
    """A client of its own for the running event loop; the caller closes it."""
    return AsyncRedis.from_url(settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS)
