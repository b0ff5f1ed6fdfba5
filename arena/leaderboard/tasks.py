"""The leaderboard's one task."""

from __future__ import annotations

from celery import shared_task

from arena.leaderboard import services


@shared_task(name="arena.leaderboard.refresh", ignore_result=True)
def refresh() -> None:
    """Called by the bell after a vote and each second by the beat."""
    services.refresh()
