"""The worker's way back from a trial, and the clock of the checks."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.catalog import services
from inference_worker.wire.messages import TRIAL_OUTCOME, Outcome


@shared_task(name=TRIAL_OUTCOME)
def finish_probe(outcome: dict[str, Any]) -> bool:
    """The worker's callback, for an operator's trial and for a check."""
    found = Outcome.from_json(outcome)
    return services.finish_trial(found) or services.finish_check(found)


@shared_task(name="arena.catalog.check")
def check() -> int:
    """Every five seconds."""
    return services.start_checks()
