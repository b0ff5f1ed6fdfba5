"""Finding out that a ranking has changed, once, whoever looks."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from arena.api.models import RankingChange, WebhookDelivery
from arena.boards.selectors import boards, newest_by_board
from arena.core.locks import exclusive
from arena.rating.fit import RATED

LOCK = "arena.api.changes"


def note_changes() -> list[RankingChange]:
    """Store a change for each board whose ranks differ from those last told; return the new ones.

    Of one board at most one each ``RANKING_CHANGE_SECONDS``. Holds a lock of its own, so that two
    processes find a change once.
    """
    newest, pause = newest_by_board(), timedelta(seconds=settings.RANKING_CHANGE_SECONDS)
    changes = []
    for board in boards():
        snapshot = newest.get(board.pk)
        if snapshot is None:
            continue
        last = RankingChange.objects.filter(board=board).order_by("-pk").first()
        if last and (last.snapshot_id == snapshot.pk or timezone.now() - last.created_at < pause):
            continue
        ranks = {row["model"]: row["rank"] for row in snapshot.rows if row["state"] == RATED}
        moves = moves_between(last.ranks if last else {}, ranks)
        if not moves:
            continue
        with exclusive(LOCK):
            if RankingChange.objects.filter(board=board, pk__gt=last.pk if last else 0).exists():
                continue
            change = RankingChange.objects.create(
                board=board, snapshot=snapshot, ranks=ranks, moves=moves
            )
            now = timezone.now()
            WebhookDelivery.objects.bulk_create(
                WebhookDelivery(change=change, target=target_of(address), due_at=now)
                for address in settings.WEBHOOKS
            )
        changes.append(change)
    return changes


def target_of(address: str) -> str:
    """Return what stands for an address in the database."""
    return hashlib.sha256(address.encode()).hexdigest()


def moves_between(before: dict[str, int], now: dict[str, int]) -> list[dict[str, Any]]:
    """Return each model whose rank is another, the best of now first; those that left last."""
    moved = [name for name in {*before, *now} if before.get(name) != now.get(name)]
    moved.sort(key=lambda name: (name not in now, now.get(name, 0), name))
    return [
        {"model": name, "rank_before": before.get(name), "rank": now.get(name)} for name in moved
    ]
