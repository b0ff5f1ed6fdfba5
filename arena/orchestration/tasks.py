"""The tasks of battles: each calls one service."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.orchestration import dispatch, services
from inference_worker.wire.messages import BATTLE_OUTCOME, GenerationOutcome


@shared_task(name=BATTLE_OUTCOME)
def finish(outcome: dict[str, Any]) -> bool:
    """Store the outcome that a worker sends; False for one of an attempt that is over."""
    return services.finish_generation(GenerationOutcome.from_json(outcome))


@shared_task(name=dispatch.SETTLE)
def settle(public_id: str) -> None:
    """Open the vote of a veiled battle whose answers have been shown."""
    services.settle_battle(public_id)


@shared_task(name="arena.battles.reap")
def reap() -> int:
    """Look after all sides that wait or answer; the beat calls every two seconds."""
    return services.reap()


@shared_task(name="arena.battles.expire")
def expire() -> int:
    """Close battles that nobody finished in time; the beat calls every minute."""
    return services.expire_battles()


@shared_task(name="arena.battles.collect")
def collect() -> int:
    """Delete pictures that nobody needs; the beat calls every ten minutes."""
    return services.collect_pictures()


@shared_task(name="arena.battles.judge_answers")
def judge_answers() -> int:
    """Let the moderators judge answers before publication; the beat calls every 30 seconds."""
    return services.judge_answers()
