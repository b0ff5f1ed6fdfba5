"""From votes to the ledger, from the ledger to snapshots and to the next draw plan."""

from __future__ import annotations

from arena.leaderboard import selectors
from arena.leaderboard.models import Board
from arena.leaderboard.services.ledger import fold
from arena.leaderboard.services.snapshots import recompute

__all__ = ["boards", "fold", "recompute", "refresh"]


def refresh() -> None:
    """Fold what is new and bring every board up to date."""
    fold()
    for board in boards():
        recompute(board=board)


def boards() -> list[Board]:
    """All boards; the overall one is made where it does not exist yet."""
    name = {"name": "Overall"}
    overall, _ = Board.objects.get_or_create(slug=selectors.OVERALL, defaults=name)
    return [overall, *Board.objects.exclude(pk=overall.pk).order_by("slug")]
