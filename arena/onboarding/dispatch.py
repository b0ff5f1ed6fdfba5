"""The way to the worker before there is a card: the list of an endpoint's models."""

from __future__ import annotations

from celery import current_app

from inference_worker.wire import task
from inference_worker.wire.model_lists import ModelListRequest


def list_models(request: ModelListRequest, *, queue: str) -> None:
    """Ask a worker of the queue for the models at an endpoint. Raises one of
    ``catalog.dispatch.BROKEN``."""
    task.list_models(current_app, request, queue=queue)
