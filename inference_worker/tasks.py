"""The worker's tasks: answers, whose link carries the outcome back, and sample pictures."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inference_worker import process
from inference_worker.demo_models import samples
from inference_worker.wire.task import DRAW, GENERATE


@shared_task(name=GENERATE, ignore_result=True)
def generate(request: dict[str, Any]) -> dict[str, Any]:
    """Always an Outcome as JSON, never an exception: a raised one would have no callback."""
    return process.runner().answer(request)


@shared_task(name=DRAW, ignore_result=True)
def draw_samples(count: int) -> None:
    """Fresh pictures and prompts for visitors without a picture of their own."""
    samples.put(process.connection(), count)
