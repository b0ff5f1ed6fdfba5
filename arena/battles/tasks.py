"""Doorbells: each task calls one service."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.battles import services
from inference_worker.wire.messages import BATTLE_OUTCOME, Outcome


@shared_task(name=BATTLE_OUTCOME)
def finish(outcome: dict[str, Any]) -> bool:
    """The worker's callback."""
    return services.finish_generation(Outcome.from_json(outcome))


@shared_task(name="arena.battles.reap")
def reap() -> int:
    """Every two seconds."""
    return services.reap()


@shared_task(name="arena.battles.expire")
def expire() -> int:
    """Every minute."""
    return services.expire_battles()


@shared_task(name="arena.battles.collect")
def collect() -> int:
    """Every ten minutes."""
    return services.collect_pictures()
