"""What tests of the series share."""

from __future__ import annotations

import pytest

from arena.core import redis
from arena.leaderboard import dispatch


@pytest.fixture
def no_layer(monkeypatch):
    """Without the channel layer."""
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)


@pytest.fixture
def redis_at(settings):
    """Point the site at another Redis; the client is made anew."""

    def point(url):
        settings.REDIS_URL = url
        redis.client.cache_clear()

    yield point
    redis.client.cache_clear()
