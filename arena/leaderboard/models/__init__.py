"""The ledger, the counts that it adds up to, boards and their snapshots."""

from __future__ import annotations

from arena.leaderboard.models.boards import Board, Snapshot
from arena.leaderboard.models.ledger import (
    GENESIS,
    Cell,
    LedgerEntry,
    PairCount,
    Recount,
    Repair,
)

__all__ = ["GENESIS", "Board", "Cell", "LedgerEntry", "PairCount", "Recount", "Repair", "Snapshot"]
