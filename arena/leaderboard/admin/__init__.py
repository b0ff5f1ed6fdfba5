"""What operators see and decide: boards, what was made of them, and which votes count."""

from __future__ import annotations

from arena.leaderboard.admin.boards import BoardAdmin
from arena.leaderboard.admin.draw import DrawPlanAdmin
from arena.leaderboard.admin.ledger import LedgerEntryAdmin, PairCountAdmin
from arena.leaderboard.admin.recounts import RecountAdmin
from arena.leaderboard.admin.snapshots import SnapshotAdmin
from arena.leaderboard.admin.votes import VoteAdmin

__all__ = [
    "BoardAdmin",
    "DrawPlanAdmin",
    "LedgerEntryAdmin",
    "PairCountAdmin",
    "RecountAdmin",
    "SnapshotAdmin",
    "VoteAdmin",
]
