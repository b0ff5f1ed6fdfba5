"""Names of the tasks and the one way to submit work to a worker.

The Celery apps of site and worker don't register each other's tasks: they share names alone.
"""

from __future__ import annotations

from typing import cast

from celery import Celery, signature
from redis import Redis

from inference_worker.wire.messages import GenerationRequest

GENERATE = "inference_worker.generate"
"""Takes ``request``, a GenerationRequest as JSON; returns an Outcome as JSON, never raises."""

DRAW = "inference_worker.draw_samples"
"""Takes ``count``; puts so many fresh sample pictures where ``wire.samples`` finds them."""


def submit(app: Celery, request: GenerationRequest, *, callback: str, callback_queue: str) -> None:
    """Put one attempt on its queue; the Outcome comes back as the callback's only argument.

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


def backlog(redis: Redis, queue: str) -> int:
    """Messages on the queue that no worker has taken yet."""
    return cast(int, redis.llen(queue))
