"""Ratings over the snapshots of a board."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.boards.models import Board, Snapshot
from arena.rating.fit import RATED

LOOKS = 24
"""Snapshots that a history looks at; more of them only draw the line thicker."""


@dataclass(frozen=True, slots=True)
class RatingPoint:
    """The model's rating in one snapshot."""

    at: datetime
    ledger_number: int
    rating: float
    rating_lower: float
    rating_upper: float


def snapshots_of(board: Board, looks: int = LOOKS) -> list[Snapshot]:
    """Return snapshots from first to newest, as evenly spread as may be. Two queries.

    Of those whose text is kept: some thousands at most, however many snapshots there are.
    """
    kept = Snapshot.objects.filter(board_id=board.pk).exclude(body="").order_by("pk")
    ends = list(kept.values_list("ledger_number", "pk"))
    if not ends:
        return []
    first, span = ends[0][0], ends[-1][0] - ends[0][0]
    numbers = (first + span * look / (looks - 1) for look in range(looks))
    chosen = {ends[bisect_left(ends, (number, 0))][1] for number in numbers}
    return list(kept.filter(pk__in=chosen))


def histories(
    snapshots: Sequence[Snapshot], slugs: Sequence[str]
) -> dict[str, list[RatingPoint | None]]:
    """Return for each model a point per snapshot, None where it had no number."""
    found: dict[str, list[RatingPoint | None]] = {slug: [] for slug in slugs}
    for snapshot in snapshots:
        rows = {row["model"]: row for row in snapshot.rows}
        for slug, points in found.items():
            row, point = rows.get(slug, {}), None
            if row.get("state") == RATED:
                numbers = {name: row[name] for name in ("rating", "rating_lower", "rating_upper")}
                point = RatingPoint(snapshot.created_at, snapshot.ledger_number, **numbers)
            points.append(point)
    return found
