"""An evaluator's way to the worker: the same queue, leases and logs as a battle's, in the
background of both. Redis alone knows of a request; nothing of it is stored."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from celery import current_app
from kombu.exceptions import KombuError
from msgspec.structs import replace
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion
from arena.core.redis import client
from arena.evaluation.chat_answers import CompletionUsage
from arena.evaluation.chat_errors import Busy
from inference_worker.wire import blobs, keys, leases, stream, task
from inference_worker.wire.leases import AttemptSlot
from inference_worker.wire.messages import (
    EVALUATION_OUTCOME,
    OUTCOME_QUEUE,
    AnswerLimits,
    EarlierTurn,
    GenerationOutcome,
    GenerationRequest,
    TurnInput,
)

log = logging.getLogger(__name__)

STREAM = "evaluation-"
"""The beginning of the name of an evaluation's stream; that of a battle is random."""
BROKEN = (RedisError, KombuError, OSError)
"""The exceptions of a broker or a Redis that cannot be reached."""
USAGE_SECONDS = 600

# KEYS: those that hold a slot. ARGV: name, seconds, the most.
_TAKE_SLOT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return 1
"""
_SLOTS = f"{keys.PREFIX}:evaluations"
"""Sorted set of the requests that workers have, scored by the time until which they may."""


@dataclass(frozen=True, slots=True)
class PicturedTurn:
    """A turn with its pictures as models get them."""

    prompt: str
    images: tuple[bytes, ...]
    answer: str


def take_slot(name: str, *, seconds: float, most: int) -> bool:
    """Return whether one more request may be with the workers. Raises RedisError."""
    script = client().register_script(_TAKE_SLOT)
    return bool(script(keys=[_SLOTS], args=[name, int(seconds), most]))


def give_slot_back(name: str) -> None:
    """Let another request go to the workers."""
    with suppress(RedisError):  # the slot ends by itself
        client().zrem(_SLOTS, name)


def begin(
    version: ModelVersion, turns: Sequence[PicturedTurn], limits: AnswerLimits, seed: int | None
) -> GenerationRequest:
    """Submit a request and return it. Raises Busy where Redis or the broker can't be reached."""
    name = STREAM + secrets.token_urlsafe(16)

    def digests(turn: PicturedTurn) -> tuple[str, ...]:
        return tuple(blobs.put(client(), data, user=name) for data in turn.images)

    *earlier, last = turns
    try:
        request = GenerationRequest(
            stream=name,
            side="a",
            attempt=1,
            fence=secrets.token_urlsafe(32),
            queue=version.card.queue,
            model=version.spec,
            turn=TurnInput(last.prompt, digests(last)),
            limits=limits,
            earlier=tuple(EarlierTurn(one.prompt, digests(one), one.answer) for one in earlier),
            seed=seed,
            is_background=True,
        )
        _submit(request)
    except BROKEN as error:
        log.warning("an evaluation can't be submitted: %s", type(error).__name__)
        raise Busy("The queue can't be reached right now.", code="unavailable") from error
    return request


def begin_again(request: GenerationRequest) -> GenerationRequest:
    """Submit the next attempt of a request whose worker is gone. Raises Busy."""
    fence = secrets.token_urlsafe(32)
    following = replace(request, attempt=request.attempt + 1, fence=fence)
    try:
        _submit(following, replaces=request.fence)
    except BROKEN as error:
        raise Busy("The queue can't be reached right now.", code="unavailable") from error
    return following


def observe(request: GenerationRequest) -> AttemptSlot:
    """Return what Redis knows of an attempt. Raises RedisError."""
    return leases.observe(client(), [request.fence])[0]


def end(request: GenerationRequest, *, early: bool) -> None:
    """Let everything of a request leave Redis; one that ends ``early`` is stopped first."""
    try:
        if early:
            leases.leave_queue(client(), queue=request.queue, fence=request.fence)
            stream.close(client(), request, kind="stopped")
        leases.expire_soon(client(), fence=request.fence)
        earlier = [digest for turn in request.earlier for digest in turn.images]
        for digest in (*earlier, *request.turn.images):
            blobs.release(client(), digest, user=request.stream)
        client().delete(keys.events(request.stream))
    except BROKEN as error:
        log.warning("an evaluation stays in Redis for a while: %s", type(error).__name__)


def store_usage(outcome: GenerationOutcome) -> bool:
    """Keep the tokens of an outcome for who waits for them; False for one that nobody began.

    Raises RedisError.
    """
    begun = leases.observe(client(), [outcome.fence])[0].state
    if not begun or not outcome.stream.startswith(STREAM):
        return False
    counts = [outcome.prompt_tokens, outcome.tokens, outcome.reasoning_tokens]
    client().set(_usage(outcome.fence), json.dumps(counts), ex=USAGE_SECONDS)
    return True


def usage_of(request: GenerationRequest) -> CompletionUsage | None:
    """Return the tokens of a request; None before its outcome has come. Raises RedisError."""
    found = cast("bytes | None", client().get(_usage(request.fence)))
    return CompletionUsage(*json.loads(found)) if found else None


def _usage(fence: str) -> str:
    return f"{keys.PREFIX}:evaluation:{keys.address(fence)}"


def _submit(request: GenerationRequest, *, replaces: str = "") -> None:
    """Put a request in line and on its queue. Raises one of BROKEN, and leaves the line then."""
    leases.prepare(client(), request, replaces=replaces)
    try:
        task.submit(current_app, request, callback=EVALUATION_OUTCOME, callback_queue=OUTCOME_QUEUE)
    except BROKEN:
        with suppress(RedisError):
            leases.forget(client(), request)
        raise
