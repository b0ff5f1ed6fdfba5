from __future__ import annotations

from arena.leaderboard import selectors
from arena.leaderboard.models import Snapshot


def newest_snapshot() -> Snapshot:
    snapshot = selectors.latest()
    assert snapshot is not None
    return snapshot
