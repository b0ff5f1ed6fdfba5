"""What tests of the series share."""

from __future__ import annotations

import pytest

from arena.leaderboard import dispatch


@pytest.fixture
def no_layer(monkeypatch):
    """Without the channel layer."""
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
