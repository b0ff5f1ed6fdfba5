"""One hub per test, closed behind it."""

from __future__ import annotations

import pytest

from arena.live import hub as module


@pytest.fixture
async def hub(valkey_url):
    """The hub of this test's event loop."""
    yield module.hub()
    mine = module.hub()
    mine._followers.clear()
    if mine._task is not None:
        mine._task.cancel()
    await mine._redis.aclose()
