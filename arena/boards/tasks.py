"""The tasks of the boards."""

from __future__ import annotations

from celery import shared_task

from arena.boards import dispatch
from arena.boards.services import pruning, updating, verification


@shared_task(name="arena.boards.update_live_boards", ignore_result=True)
def update_live_boards() -> None:
    """Run after a vote and, by the beat, each second."""
    updating.update_live_boards()


@shared_task(name="arena.boards.request_background_update", ignore_result=True)
def request_background_update() -> None:
    """Run by the beat; asks the slow queue for the boards that no page waits for."""
    dispatch.request_background_update()


@shared_task(name=dispatch.UPDATE_BACKGROUND_BOARDS, ignore_result=True)
def update_background_boards() -> None:
    """Run on a queue of its own: it keeps a core, and so a process's threads, busy for seconds."""
    updating.update_background_boards()


@shared_task(name="arena.boards.prune_snapshots", ignore_result=True)
def prune_snapshots() -> None:
    """Run by the beat each hour: old snapshots keep their facts, not all their rows."""
    pruning.prune_snapshots()


@shared_task(name="arena.boards.verify_ledger", ignore_result=True)
def verify_ledger() -> None:
    """Run by the beat each night."""
    verification.verify_ledger_nightly()


EARLIER_NAMES = {
    "arena.leaderboard.refresh": update_live_boards,
    "arena.leaderboard.refit": request_background_update,
    "arena.leaderboard.refit_slow": update_background_boards,
    "arena.leaderboard.thin": prune_snapshots,
    "arena.leaderboard.recount": verify_ledger,
}
"""The names of these tasks in 0.1.0, so that messages that it left in a queue still run."""

for name, current in EARLIER_NAMES.items():
    shared_task(name=name, ignore_result=True)(current.run)
