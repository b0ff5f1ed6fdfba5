"""The worker's way back from a check, and the clock of checks."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.catalog import services
from inference_worker.wire.messages import PROBE_OUTCOME, GenerationOutcome


@shared_task(name=PROBE_OUTCOME)
def finish_check(outcome: dict[str, Any]) -> bool:
    """Store the outcome of a check; False for one of an earlier check or of none."""
    return services.finish_check(GenerationOutcome.from_json(outcome))


@shared_task(name="arena.catalog.check")
def check() -> int:
    """Start the checks that are due; runs every five seconds."""
    return services.start_checks()
