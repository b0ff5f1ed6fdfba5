"""Names of the tasks and the one way to submit work to a worker.

The Celery apps of site and worker don't register each other's tasks: they share names alone.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import cast

from celery import Celery, signature
from redis import Redis

from inference_worker.wire.messages import GenerationRequest
from inference_worker.wire.model_lists import ASK_SECONDS, ModelListRequest
from inference_worker.wire.probes import ProbeRequest

GENERATE = "inference_worker.generate"
"""Takes ``request``, a GenerationRequest, and returns a GenerationOutcome, both as JSON; never
raises."""

DRAW = "inference_worker.draw_samples"
"""Takes ``count``; puts so many fresh sample pictures where ``wire.samples`` finds them."""

LIST_MODELS = "inference_worker.list_models"
"""Takes ``request``, a ModelListRequest as JSON; puts the list where ``wire.model_lists`` looks."""


PROBE = "inference_worker.probe"
"""Takes ``request``, a ProbeRequest, and returns a ProbeOutcome, both as JSON; never raises."""


def submit(app: Celery, request: GenerationRequest, *, callback: str, callback_queue: str) -> None:
    """Put one attempt on its queue; the outcome comes back as the callback's only argument.

    Raises kombu.exceptions.OperationalError when the broker can't be reached within the
    connection's timeout: the attempt then stays queued and the reaper submits it again.
    """
    app.send_task(
        GENERATE,
        kwargs={"request": request.to_json()},
        queue=request.queue,
        link=signature(callback, queue=callback_queue, app=app),
        retry=False,
        ignore_result=True,
    )


def submit_probe(app: Celery, request: ProbeRequest, *, callback: str, callback_queue: str) -> None:
    """Put a probe on its queue; the outcome comes back as the callback's only argument.

    Raises kombu.exceptions.OperationalError as ``submit`` does.
    """
    app.send_task(
        PROBE,
        kwargs={"request": request.to_json()},
        queue=request.queue,
        link=signature(callback, queue=callback_queue, app=app),
        retry=False,
        ignore_result=True,
    )


def draw_samples(app: Celery, *, queue: str, count: int, seconds: int) -> None:
    """Ask a worker for sample pictures; one that finds this message later than that ignores it."""
    app.send_task(
        DRAW,
        kwargs={"count": count},
        queue=queue,
        expires=seconds,
        retry=False,
        ignore_result=True,
    )


def list_models(app: Celery, request: ModelListRequest, *, queue: str) -> None:
    """Ask a worker for the models at an endpoint; one that finds this message late ignores it."""
    app.send_task(
        LIST_MODELS,
        kwargs={"request": request.to_json()},
        queue=queue,
        expires=ASK_SECONDS,
        retry=False,
        ignore_result=True,
    )


def withdraw(redis: Redis, *, queue: str, stream: str) -> int:
    """Take the messages about a battle off a queue; return how many. A worker would drop them, yet
    where none listens they would stay there with what was asked."""
    count = 0
    for message in cast("list[bytes]", redis.lrange(queue, 0, -1)):
        with suppress(ValueError, KeyError, TypeError):  # nobody of ours wrote it
            if json.dumps(stream).encode() in base64.b64decode(json.loads(message)["body"]):
                count += cast(int, redis.lrem(queue, 0, cast(str, message)))
    return count


def backlog(redis: Redis, queue: str) -> int:
    """Messages on the queue that no worker has taken yet."""
    return cast(int, redis.llen(queue))
