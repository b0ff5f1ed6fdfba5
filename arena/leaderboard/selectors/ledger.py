"""Reading ledger, counts, and what was made of them last."""

from __future__ import annotations

from dataclasses import dataclass

from arena.battles.models import DrawPlan
from arena.leaderboard.models import GENESIS, LedgerEntry, PairCount, Snapshot
from arena.rating.comparisons import PairCounts

OVERALL = "overall"
LOCK = "arena.leaderboard.ledger"
"""Name of the database lock under which ledger, counts and snapshots are written."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the ledger; number 0 and the genesis hash while it is empty."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ledger adds up to at its head; index in ``slugs`` is index in ``counts``."""

    head: Head
    slugs: tuple[str, ...]
    counts: PairCounts


def head() -> Head:
    """The ledger's last entry."""
    last = LedgerEntry.objects.order_by("-number").values_list("number", "hash").first()
    return Head(*(last or (0, GENESIS)))


def tally() -> Tally:
    """Head and counts. They belong together only under the ledger's lock."""
    rows = list(
        PairCount.objects.filter(votes__gt=0).values_list(
            "card_a__slug", "card_b__slug", "outcome", "votes"
        )
    )
    slugs = tuple(sorted({slug for row in rows for slug in row[:2]}))
    place = {slug: index for index, slug in enumerate(slugs)}
    cells = [(place[a], place[b], outcome, votes) for a, b, outcome, votes in rows]
    columns = zip(*cells, strict=True) if cells else ((), (), (), ())
    return Tally(head(), slugs, PairCounts.from_cells(len(slugs), *columns))


def latest(board: str = OVERALL) -> Snapshot | None:
    """The newest snapshot of a board."""
    return Snapshot.objects.filter(board__slug=board).order_by("-id").first()


def plan_basis() -> str:
    """What the draw plan in force was made from; empty where there is none."""
    return DrawPlan.objects.order_by("-id").values_list("basis", flat=True).first() or ""
