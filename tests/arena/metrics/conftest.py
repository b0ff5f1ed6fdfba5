"""What tests of the series share."""

from __future__ import annotations

import pytest

from arena.boards import dispatch
from tests.arena.operations.conftest import redis_at  # noqa: F401


@pytest.fixture
def no_layer(monkeypatch):
    """Without the channel layer."""
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
