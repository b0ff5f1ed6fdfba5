"""From votes to the ledger, from the ledger to snapshots and to the next draw plan."""

from __future__ import annotations

from arena.leaderboard.services.filling import fill_boards
from arena.leaderboard.services.ledger import fold
from arena.leaderboard.services.rebuilding import (
    Rebuilt,
    find_snapshot,
    rebuild,
    snapshot_ids,
    text_of,
)
from arena.leaderboard.services.refreshing import boards, refit, refresh
from arena.leaderboard.services.simulating import (
    RealVotes,
    Simulation,
    check_database,
    recovery,
    simulate,
)
from arena.leaderboard.services.snapshots import recompute
from arena.leaderboard.services.thinning import thin

__all__ = [
    "RealVotes",
    "Rebuilt",
    "Simulation",
    "boards",
    "check_database",
    "fill_boards",
    "find_snapshot",
    "fold",
    "rebuild",
    "recompute",
    "recovery",
    "refit",
    "refresh",
    "simulate",
    "snapshot_ids",
    "text_of",
    "thin",
]
