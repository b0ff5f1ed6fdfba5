"""Snapshots stay for ever; the text of most of them does not have to.

A busy day makes tens of thousands, of forty kilobytes each. What a snapshot is a function of and
its SHA-256 are never touched; of the texts, the newest of an hour and of a day are kept, and any
other is computed again from the ledger when somebody asks (``rebuilding``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from arena.leaderboard.models import Board, Snapshot

ALL = timedelta(hours=1)
"""So long every text is kept: pages compare with the one before."""
HOURLY = timedelta(days=7)
"""So long one an hour is kept, and one a day for ever."""

PIECE = 500
"""Ids in one statement."""


def thin(*, now: datetime | None = None) -> int:
    """Drop the texts that need not be kept; returns how many."""
    now = now or timezone.now()
    return sum(_thin_board(board, now) for board in Board.objects.all())


def _thin_board(board: Board, now: datetime) -> int:
    """The newest of each hour or day stays, so the board's newest always does."""
    texts = Snapshot.objects.filter(board=board).exclude(body="")
    rows = list(texts.order_by("-pk").values_list("pk", "created_at"))
    kept, dropped = set(), []
    for pk, created in rows:
        place = _place(created, now)
        if place in kept:
            dropped.append(pk)
        elif place:
            kept.add(place)
    pieces = (dropped[start : start + PIECE] for start in range(0, len(dropped), PIECE))
    # Past the refusal to change a snapshot, for this one column.
    return sum(QuerySet.update(Snapshot.objects.filter(pk__in=one), body="") for one in pieces)


def _place(created: datetime, now: datetime) -> str:
    """The hour or the day of which one text is kept; empty where all are."""
    if now - created < ALL:
        return ""
    return f"{created:%Y-%m-%dT%H}" if now - created < HOURLY else f"{created:%Y-%m-%d}"
