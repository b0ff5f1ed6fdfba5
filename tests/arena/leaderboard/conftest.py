"""Boards with votes on them."""

from __future__ import annotations

import pytest

from arena.leaderboard import dispatch, services
from tests.factories import make_models, make_vote


@pytest.fixture
def no_layer(monkeypatch):
    """Without the channel layer; what would have been announced."""
    etags = []
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: etags.append(etag))
    return etags


@pytest.fixture
def voted(db, no_layer, settings):
    """Three models, the third with too few votes; returns a function that adds votes."""
    settings.BOARD_MIN_VOTES = 10
    first, second, third = make_models("first", "second", "third")

    def vote(times=1, choice="a"):
        for _ in range(times):
            make_vote(first, second, choice)
        services.refresh()

    make_vote(second, third, "tie")
    vote(12)
    vote(2, "both_bad")
    return vote
