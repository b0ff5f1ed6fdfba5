"""Reading ledger, counts, and what was made of them last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from arena.leaderboard.models import GENESIS, LedgerEntry, Repair, Snapshot

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


def newest_repair() -> Coalesce:
    """For a query that reads the ledger: the key of the counts' last repair, 0 without one. The
    database looks it up once for all rows."""
    return Coalesce(Subquery(Repair.objects.order_by("-pk").values("pk")[:1]), 0)


def repairs() -> int:
    """The same, alone."""
    return Repair.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def latest(board: str = OVERALL) -> Snapshot | None:
    """The newest snapshot of a board."""
    return Snapshot.objects.filter(board__slug=board).order_by("-id").first()
