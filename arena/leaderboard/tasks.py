"""The leaderboard's tasks."""

from __future__ import annotations

from celery import shared_task

from arena.leaderboard import dispatch, services


@shared_task(name="arena.leaderboard.refresh", ignore_result=True)
def refresh() -> None:
    """Called by the bell after a vote and each second by the beat."""
    services.refresh()


@shared_task(name="arena.leaderboard.refit", ignore_result=True)
def refit() -> None:
    """Called by the beat: asks whoever takes slow work for the boards that no page waits for."""
    dispatch.ring_slow()


@shared_task(name=dispatch.REFIT_SLOW, ignore_result=True)
def refit_slow() -> None:
    """On a queue of its own: it keeps a core, and so a process's threads, busy for seconds."""
    services.refit()


@shared_task(name="arena.leaderboard.thin", ignore_result=True)
def thin() -> None:
    """Called by the beat each hour: old leaderboards keep their facts, not all their rows."""
    services.thin()


@shared_task(name="arena.leaderboard.recount", ignore_result=True)
def recount() -> None:
    """Called by the beat each night: whether the counts are what the ledger says."""
    services.recount_nightly()
