"""Reading ledger, counts, and what was made of them last."""

from __future__ import annotations

from dataclasses import dataclass

from arena.leaderboard.models import GENESIS, LedgerEntry, Snapshot

OVERALL = "overall"
LOCK = "arena.leaderboard.ledger"
"""Name of the database lock under which ledger, counts and snapshots are written."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the ledger; number 0 and the genesis hash while it is empty."""

    number: int
    hash: str


def head() -> Head:
    """The ledger's last entry."""
    last = LedgerEntry.objects.order_by("-number").values_list("number", "hash").first()
    return Head(*(last or (0, GENESIS)))


def latest(board: str = OVERALL) -> Snapshot | None:
    """The newest snapshot of a board."""
    return Snapshot.objects.filter(board__slug=board).order_by("-id").first()
