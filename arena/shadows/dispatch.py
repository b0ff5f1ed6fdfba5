"""A shadow answer's way to the worker: as a request in the background of every voter."""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.core.redis import client
from arena.shadows.models import ShadowAnswer
from inference_worker.wire import blobs, keys, leases, stream, task
from inference_worker.wire.messages import (
    OUTCOME_QUEUE,
    SHADOW_OUTCOME,
    AnswerLimits,
    GenerationRequest,
    MalformedMessage,
    TurnInput,
)

log = logging.getLogger(__name__)

STREAM = "shadow-"
"""The beginning of the name of a shadow answer's stream; that of a battle is random."""
BROKEN = (RedisError, KombuError, OSError, MalformedMessage)
"""What a broker or a Redis may raise that can't be reached, and a picture that can't be read."""


def begin(answer: ShadowAnswer) -> None:
    """Submit a shadow answer; one that can't be sent ends when its time is over."""
    request = request_of(answer)
    try:
        for image in answer.turn.images:
            with image.file.open("rb") as file:
                blobs.put(client(), file.read(), user=answer.stream)
        leases.prepare(client(), request)
        task.submit(current_app, request, callback=SHADOW_OUTCOME, callback_queue=OUTCOME_QUEUE)
    except BROKEN as error:
        log.warning("shadow answer %s not submitted: %s", answer.pk, type(error).__name__)


def end(answer: ShadowAnswer, *, early: bool) -> None:
    """Let everything of a shadow answer leave Redis; one that ends ``early`` is stopped first."""
    request = request_of(answer)
    try:
        if early:
            leases.leave_queue(client(), queue=request.queue, fence=request.fence)
            stream.close(client(), request, kind="stopped")
        leases.expire_soon(client(), fence=request.fence)
        for digest in request.turn.images:
            blobs.release(client(), digest, user=request.stream)
        client().delete(keys.events(request.stream))
    except BROKEN as error:
        log.warning("a shadow answer stays in Redis for a while: %s", type(error).__name__)


def waiting(queue: str) -> bool:
    """Return whether anything waits on a queue. Raises RedisError."""
    return task.backlog(client(), queue) > 0


def request_of(answer: ShadowAnswer) -> GenerationRequest:
    """Return the request: the same pictures, question and conditions as in the battle."""
    turn = answer.turn
    return GenerationRequest(
        stream=answer.stream,
        side="a",
        attempt=1,
        fence=answer.fence,
        queue=answer.version.card.queue,
        model=answer.version.spec,
        turn=TurnInput(prompt=turn.prompt, images=tuple(image.digest for image in turn.images)),
        limits=AnswerLimits(**turn.battle.conditions),
        grounding=answer.version.grounding,
        is_background=True,
    )
