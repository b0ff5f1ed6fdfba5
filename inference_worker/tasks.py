"""The worker's one task. Its link, set by the site, carries the outcome back."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inference_worker import process
from inference_worker.wire.task import GENERATE


@shared_task(name=GENERATE, ignore_result=True)
def generate(request: dict[str, Any]) -> dict[str, Any]:
    """Always an Outcome as JSON, never an exception: a raised one would have no callback."""
    return process.runner().answer(request)
