"""From votes to the ledger, from the ledger to snapshots and to the next draw plan."""

from __future__ import annotations

from arena.leaderboard.services.exclusions import (
    exclude,
    exclude_source,
    relabel,
    restore,
    restore_source,
)
from arena.leaderboard.services.filling import fill_boards
from arena.leaderboard.services.imports import ImportedVote, append_imported
from arena.leaderboard.services.ledger import fold
from arena.leaderboard.services.rebuilding import (
    Rebuilt,
    find_snapshot,
    rebuild,
    snapshot_ids,
    text_of,
)
from arena.leaderboard.services.recounting import Recounted, recount, recount_nightly, repair
from arena.leaderboard.services.refreshing import boards, refit, refresh
from arena.leaderboard.services.simulating import (
    Simulation,
    VotesThere,
    check_database,
    recovery,
    simulate,
)
from arena.leaderboard.services.snapshots import recompute
from arena.leaderboard.services.thinning import thin

__all__ = [
    "ImportedVote",
    "Rebuilt",
    "Recounted",
    "Simulation",
    "VotesThere",
    "append_imported",
    "boards",
    "check_database",
    "exclude",
    "exclude_source",
    "fill_boards",
    "find_snapshot",
    "fold",
    "rebuild",
    "recompute",
    "recount",
    "recount_nightly",
    "recovery",
    "refit",
    "refresh",
    "relabel",
    "repair",
    "restore",
    "restore_source",
    "simulate",
    "snapshot_ids",
    "text_of",
    "thin",
]
