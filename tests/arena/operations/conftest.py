"""A site whose Redis can be another one."""

from __future__ import annotations

import pytest

from arena.core import redis


@pytest.fixture
def redis_at(settings):
    """Point the site at another Redis; the client is made anew."""

    def point(url):
        settings.REDIS_URL = url
        redis.client.cache_clear()

    yield point
    redis.client.cache_clear()
