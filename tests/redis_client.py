"""The site's client of Redis, forgotten without a connection that stays open.

A connection that the collector finds open is a warning, in whatever test runs then.
"""

from __future__ import annotations

from arena.core import redis


def forget_client() -> None:
    """Let the next call make a client, with the settings of then."""
    if redis.client.cache_info().currsize:
        redis.client().close()
    redis.client.cache_clear()
