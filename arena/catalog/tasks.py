"""The worker's way back from a trial."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.catalog import services
from inference_worker.wire.messages import TRIAL_OUTCOME, Outcome


@shared_task(name=TRIAL_OUTCOME)
def finish_probe(outcome: dict[str, Any]) -> bool:
    """The worker's callback."""
    return services.finish_trial(Outcome.from_json(outcome))
