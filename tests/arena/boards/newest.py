from __future__ import annotations

from django.db.models import QuerySet

from arena.boards.models import Snapshot
from arena.boards.selectors import latest


def newest_snapshot() -> Snapshot:
    snapshot = latest()
    assert snapshot is not None
    return snapshot


def forget_text(*snapshots: Snapshot) -> None:
    """As thinning does with old ones."""
    QuerySet.update(Snapshot.objects.filter(pk__in=[one.pk for one in snapshots]), body="")
