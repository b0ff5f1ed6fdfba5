"""The clock of shadow answers, and the worker's way back."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.shadows import services
from inference_worker.wire.messages import SHADOW_OUTCOME, GenerationOutcome


@shared_task(name=SHADOW_OUTCOME)
def finish(outcome: dict[str, Any]) -> bool:
    """Store how a shadow answer ended; False for one that is not under way."""
    return services.finish_shadow(GenerationOutcome.from_json(outcome))


@shared_task(name="arena.shadows.offer")
def offer() -> int:
    """Ask the versions on trial what voters have asked; runs every 30 seconds."""
    return services.offer_questions()
