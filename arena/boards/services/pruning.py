"""Remove the texts of most old snapshots; the snapshots themselves are kept for ever.

A busy day makes tens of thousands, of forty kilobytes each. The facts that determine a snapshot and
its SHA-256 are never changed. Of the texts, the newest of an hour and of a day are kept, and any
other is computed again from the ledger when somebody asks for it (``reproduction``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from arena.boards.models import Board, Snapshot

ALL = timedelta(hours=1)
"""For this time every text is kept, because pages compare with the one before."""
HOURLY = timedelta(days=7)
"""For this time one text an hour is kept, and afterwards one a day for ever."""

PIECE = 500
"""Ids in one statement."""


def prune_snapshots(*, now: datetime | None = None) -> int:
    """Drop the texts that need not be kept; returns how many."""
    now, count = now or timezone.now(), 0
    # What voters said of themselves changes, so that no board by it could be computed again.
    for board in Board.objects.filter(group=None, population=None):
        texts = Snapshot.objects.filter(board=board).exclude(body="")
        rows = list(texts.order_by("-pk").values_list("pk", "created_at"))
        # The newest of each hour or day stays, so the board's newest always does.
        kept, dropped = set(), []
        for pk, created in rows:
            # The hour or the day of which one text is kept; empty where all are.
            pattern = "%Y-%m-%dT%H" if now - created < HOURLY else "%Y-%m-%d"
            place = "" if now - created < ALL else created.strftime(pattern)
            if place in kept:
                dropped.append(pk)
            elif place:
                kept.add(place)
        for start in range(0, len(dropped), PIECE):
            chosen = Snapshot.objects.filter(pk__in=dropped[start : start + PIECE])
            # Past the refusal to change a snapshot, for this one column.
            count += QuerySet.update(chosen, body="")
    return count
