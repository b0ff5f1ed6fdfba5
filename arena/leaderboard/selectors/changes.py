"""Compare a board with an earlier snapshot of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from arena.boards.models import Snapshot
from arena.leaderboard.selectors.standings import BoardLine, BoardStandings
from arena.rating.fit import RATED

SHOWN = 8
"""Moves that are named; the smaller ones are counted."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RankMove:
    """A rated model whose rank is another than before."""

    line: BoardLine
    before: int

    @property
    def places(self) -> int:
        """Return how many places the model went up; down is negative."""
        return self.before - (self.line.rank or self.before)


@dataclass(frozen=True, slots=True)
class BoardChanges:
    """``moves``: the longest first. ``arrived``: rated now, not then; ``left``: the other way."""

    since: Snapshot
    votes: int
    moves: tuple[RankMove, ...]
    arrived: tuple[BoardLine, ...]
    left: tuple[BoardLine, ...]

    @property
    def count(self) -> int:
        """Return how many models stand elsewhere than they did."""
        return len(self.moves) + len(self.arrived) + len(self.left)

    @property
    def named(self) -> tuple[RankMove, ...]:
        """Return the moves that the page names."""
        return self.moves[:SHOWN]

    @property
    def unnamed(self) -> int:
        """Return how many moves the page does not name."""
        return max(0, len(self.moves) - SHOWN)

    @property
    def places(self) -> dict[str, int]:
        """Return places up by model; those that stayed are missing."""
        return {move.line.name: move.places for move in self.moves}


def before(snapshot: Snapshot | None) -> Snapshot | None:
    """Return the snapshot that this one followed, or the newest before it whose text is kept."""
    return _earlier(snapshot).first() if snapshot else None


def day_before(snapshot: Snapshot | None, now: datetime) -> Snapshot | None:
    """Return the snapshot that stood a day ago, give or take an hour; None for a younger board."""
    return _earlier(snapshot).filter(created_at__lte=now - DAY).first() if snapshot else None


def _earlier(snapshot: Snapshot) -> QuerySet[Snapshot]:
    """Newest first, of those whose text is kept: their index is short."""
    own = Snapshot.objects.filter(board_id=snapshot.board_id, pk__lt=snapshot.pk)
    return own.exclude(body="").order_by("-pk")


def changes(now: BoardStandings, then: Snapshot | None) -> BoardChanges | None:
    """Return what changed since then; None where there is nothing to compare with."""
    if then is None or now.snapshot is None or then.rated != now.snapshot.rated:
        return None
    ranks = {row["model"]: row["rank"] for row in then.rows if row["state"] == RATED}
    rated = [line for line in now.lines if line.rank is not None]
    kept = [RankMove(line, ranks[line.name]) for line in rated if line.name in ranks]
    moved = sorted((move for move in kept if move.places), key=lambda move: -abs(move.places))
    return BoardChanges(
        since=then,
        votes=now.votes - sum(row["votes"] for row in then.rows) // 2,
        moves=tuple(moved),
        arrived=tuple(line for line in rated if line.name not in ranks),
        left=tuple(x for x in now.lines if x.name in ranks and x.rank is None),
    )
