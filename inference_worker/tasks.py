"""The worker's tasks: answers, whose link carries the outcome back, and sample pictures."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from inference_worker import process
from inference_worker.samples import pictures
from inference_worker.wire import model_lists
from inference_worker.wire.task import DRAW, GENERATE, LIST_MODELS, PROBE


@shared_task(name=GENERATE, ignore_result=True)
def generate(request: dict[str, Any]) -> dict[str, Any]:
    """Return a GenerationOutcome as JSON and raise nothing: an error would have no callback."""
    return process.runner().answer(request)


@shared_task(name=PROBE, ignore_result=True)
def probe(request: dict[str, Any]) -> dict[str, Any]:
    """Return a ProbeOutcome as JSON and raise nothing: an error would have no callback."""
    return process.prober().answer(request)


@shared_task(name=DRAW, ignore_result=True)
def draw_samples(count: int) -> None:
    """Fresh pictures and prompts for visitors without a picture of their own."""
    pictures.put(process.connection(), count)


@shared_task(name=LIST_MODELS, ignore_result=True)
def list_models(request: dict[str, Any]) -> None:
    """Put the names of the models at an endpoint where the site looks for them."""
    asked = model_lists.ModelListRequest.from_json(request)
    model_lists.put(process.connection(), asked.token, process.list_models(asked))
