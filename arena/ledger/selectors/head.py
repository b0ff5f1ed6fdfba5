"""Reading ledger, counts, and what was made of them last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from arena.ledger.models import GENESIS, LedgerEntry, Repair

LOCK = "arena.leaderboard.ledger"
"""Name of the database lock under which ledger, counts and snapshots are written."""


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The last entry of the ledger; number 0 and the genesis hash while it is empty."""

    number: int
    hash: str


def head() -> LedgerHead:
    """Return the ledger's last entry."""
    last = LedgerEntry.objects.order_by("-number").values_list("number", "hash").first()
    return LedgerHead(*(last or (0, GENESIS)))


def newest_repair() -> Coalesce:
    """Return an expression for the key of the counts' last repair, 0 without one. In a query
    of the ledger the database looks it up once for all rows."""
    return Coalesce(Subquery(Repair.objects.order_by("-pk").values("pk")[:1]), 0)


def repairs() -> int:
    """Return the key of the counts' last repair, 0 without one."""
    return Repair.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
