"""The worker's way back from a trial."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.catalog import services
from arena.catalog.dispatch import CALLBACK
from inference_worker.wire.messages import Outcome


@shared_task(name=CALLBACK)
def finish_probe(outcome: dict[str, Any]) -> bool:
    """The worker's callback."""
    return services.finish_trial(Outcome.from_json(outcome))
