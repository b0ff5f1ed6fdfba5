"""The task of evaluations: it keeps what the worker counted."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.evaluation import dispatch
from inference_worker.wire.messages import EVALUATION_OUTCOME, GenerationOutcome


@shared_task(name=EVALUATION_OUTCOME)
def finish(outcome: dict[str, Any]) -> bool:
    """Keep the tokens of an outcome; False for one of a request that is over."""
    return dispatch.store_usage(GenerationOutcome.from_json(outcome))
