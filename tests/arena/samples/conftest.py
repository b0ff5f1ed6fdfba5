"""Sample pictures on a real Valkey, with the models and visitors of the battles' tests."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from redis import Redis

from arena.samples import dispatch
from tests.arena.orchestration.conftest import (  # noqa: F401
    _site,
    answered,
    battle,
    commit,
    models,
    picture,
    stranger,
    workers,
)


@pytest.fixture(autouse=True)
def _nothing_known():
    """Chances are kept for a minute, which is longer than a test."""
    cache.clear()


@pytest.fixture
def no_redis(monkeypatch, unused_tcp_port):
    """From now on nobody listens where the site looks for Redis."""
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(dispatch, "client", lambda: away)
