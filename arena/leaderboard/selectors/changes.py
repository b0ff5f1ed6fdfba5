"""What a board says now that an earlier snapshot of it did not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from arena.leaderboard.models import Snapshot
from arena.leaderboard.selectors.standings import Line, Standings

SHOWN = 8
"""Moves that are named; the smaller ones are counted."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Move:
    """A rated model whose rank is another than before."""

    line: Line
    before: int

    @property
    def places(self) -> int:
        """Up is positive."""
        return self.before - (self.line.rank or self.before)


@dataclass(frozen=True, slots=True)
class Changes:
    """``moves``: the longest first. ``arrived``: rated now, not then; ``left``: the other way."""

    since: Snapshot
    votes: int
    moves: tuple[Move, ...]
    arrived: tuple[Line, ...]
    left: tuple[Line, ...]

    @property
    def count(self) -> int:
        """Models that stand elsewhere than they did."""
        return len(self.moves) + len(self.arrived) + len(self.left)

    @property
    def named(self) -> tuple[Move, ...]:
        """The moves that the page names."""
        return self.moves[:SHOWN]

    @property
    def unnamed(self) -> int:
        """How many more there are."""
        return max(0, len(self.moves) - SHOWN)

    @property
    def places(self) -> dict[str, int]:
        """Places up, by model; those that stayed are missing."""
        return {move.line.model_name: move.places for move in self.moves}


def before(snapshot: Snapshot | None) -> Snapshot | None:
    """The snapshot that this one followed, or the newest before it whose text is kept."""
    return _earlier(snapshot).first() if snapshot else None


def day_before(snapshot: Snapshot | None, now: datetime) -> Snapshot | None:
    """The snapshot that stood a day ago, give or take an hour; None for a younger board."""
    return _earlier(snapshot).filter(created_at__lte=now - DAY).first() if snapshot else None


def _earlier(snapshot: Snapshot) -> QuerySet[Snapshot]:
    """Newest first, of those whose text is kept: their index is short."""
    own = Snapshot.objects.filter(board_id=snapshot.board_id, pk__lt=snapshot.pk)
    return own.exclude(body="").order_by("-pk")


def changes(now: Standings, then: Snapshot | None) -> Changes | None:
    """None where there is nothing to compare with."""
    if then is None or now.snapshot is None:
        return None
    ranks = {row["model"]: row["rank"] for row in then.rows if row["state"] == "rated"}
    rated = [line for line in now.lines if line.rank is not None]
    kept = [Move(line, ranks[line.model_name]) for line in rated if line.model_name in ranks]
    moved = sorted((move for move in kept if move.places), key=lambda move: -abs(move.places))
    return Changes(
        since=then,
        votes=now.votes - sum(row["votes"] for row in then.rows) // 2,
        moves=tuple(moved),
        arrived=tuple(line for line in rated if line.model_name not in ranks),
        left=tuple(x for x in now.lines if x.model_name in ranks and x.rank is None),
    )
