"""One request on its way: from a free slot to the last piece of its answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion
from arena.core.errors import DomainError
from arena.core.images import normalise
from arena.core.redis import async_client
from arena.evaluation import dispatch
from arena.evaluation.cancelling import undone_if_cancelled
from arena.evaluation.chat_answers import CompletionUsage, StopSequences, finish_reason
from arena.evaluation.chat_errors import Busy, ChatError
from arena.evaluation.chat_requests import ChatTurn
from arena.evaluation.line import slot
from inference_worker.wire import keys
from inference_worker.wire.events import TERMINAL, StreamEvent, decode_answer
from inference_worker.wire.messages import AnswerLimits, GenerationRequest, MalformedMessage

log = logging.getLogger(__name__)

BLOCK_MS = 1000
MOST_ATTEMPTS = 2
USAGE_SECONDS = 2.0
"""The longest that the end of an answer waits for what its worker has counted."""
_FAILURES = {
    "refused": "The model refused this conversation; it may be too long for it, or have too many"
    " pictures.",
    "timeout": "The answer took too long; voters' battles go first.",
}

_decoders: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class AttemptLost(Exception):
    """The worker of an attempt is gone, or Redis has forgotten it."""


@dataclass(slots=True)
class EvaluatorAnswer:
    """An answer to an evaluator. ``finish`` and ``usage`` hold once ``pieces`` has ended."""

    version: ModelVersion
    turns: Sequence[ChatTurn]
    limits: AnswerLimits
    seed: int | None
    stops: tuple[str, ...]
    finish: str = "stop"
    usage: CompletionUsage | None = field(default=None)
    has_begun: bool = False
    """Whether a worker may have been asked."""

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes, with at least one piece. Raises ChatError.

        The request is stopped when the caller closes this before its end.
        """
        async with slot():
            turns = [await _pictured(turn) for turn in self.turns]
            self.has_begun = True
            begun = await undone_if_cancelled(
                _threaded(dispatch.begin)(self.version, turns, self.limits, self.seed),
                lambda request: _threaded(dispatch.end)(request, early=True),
            )
            progress = _AttemptProgress(begun, StopSequences(self.stops))
            try:
                async with aclosing(progress.pieces()) as pieces:
                    async for text in pieces:
                        yield text
                self.finish = progress.finish
            finally:
                await asyncio.shield(self._close(progress))

    async def _close(self, progress: _AttemptProgress) -> None:
        await _threaded(dispatch.end)(progress.request, early=not progress.has_ended)
        until = time.monotonic() + USAGE_SECONDS
        try:
            while self.usage is None and time.monotonic() < until:
                self.usage = await _threaded(dispatch.usage_of)(progress.request)
                if self.usage is None:
                    await asyncio.sleep(0.02)
        except RedisError as error:
            log.warning("the tokens of an evaluation are not known: %s", type(error).__name__)


@dataclass(slots=True)
class _AttemptProgress:
    """The attempts at one answer: where the newest one is, and how it ended."""

    request: GenerationRequest
    stops: StopSequences
    finish: str = "stop"
    has_ended: bool = False

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text; a second attempt follows one that was lost before it said anything."""
        has_said = False
        while True:
            try:
                async with aclosing(_events(self.request)) as events:
                    async for event in events:
                        if text := self._take(event):
                            has_said = True
                            yield text
                        if self.stops.met or self.has_ended:
                            break
                if not has_said:
                    yield ""
                return
            except AttemptLost as error:
                if has_said or self.request.attempt >= MOST_ATTEMPTS:
                    said = "The worker of this request is gone."
                    raise Busy(said, code="unavailable") from error
                self.request = await _threaded(dispatch.begin_again)(self.request)

    def _take(self, event: StreamEvent) -> str:
        """Return what an event adds to the text. Raises ChatError for a failure."""
        if event.kind == "delta":
            return self.stops.add(event.text)
        if event.kind not in TERMINAL:
            return ""
        self.has_ended = True
        if event.kind == "ended":
            self.finish = finish_reason(event.text)
        elif event.text != "empty":  # a model that says nothing has answered, too
            message = _FAILURES.get(event.text, "The model can't answer right now.")
            raise (
                ChatError(message, code=event.text)
                if event.text == "refused"
                else Busy(message, code=event.text)
            )
        return self.stops.rest()


async def _events(request: GenerationRequest) -> AsyncGenerator[StreamEvent]:
    """Yield the events of an attempt, the last of which ends it. Raises AttemptLost and Busy."""
    name, seen = keys.answer(keys.address(request.fence)), b"0"
    began = time.monotonic()
    try:
        async with async_client() as redis:
            while True:
                found: Any = await redis.xread({name: seen}, block=BLOCK_MS, count=500)
                if not found and await _is_lost(request, time.monotonic() - began):
                    # The worker may have written its last words while this was asked.
                    found = await redis.xread({name: seen}, count=500)
                    if not found:
                        raise AttemptLost
                for _, entries in found or []:
                    for identity, fields in entries:
                        seen = identity
                        yield decode_answer(fields, side=request.side, attempt=request.attempt)
    except MalformedMessage as error:
        raise AttemptLost from error
    except RedisError as error:
        raise Busy("The queue can't be reached right now.", code="unavailable") from error


async def _is_lost(request: GenerationRequest, waited: float) -> bool:
    """Return whether nobody works on an attempt any more, or nobody will."""
    attempt = await _threaded(dispatch.observe)(request)
    if attempt.state == "queued":
        return waited > settings.QUEUE_SECONDS
    return attempt.state != "claimed" or not attempt.leased


async def _pictured(turn: ChatTurn) -> dispatch.PicturedTurn:
    """Return the turn with its pictures as voters' pictures are stored. Raises ChatError.

    One picture of evaluators is decoded at a time, so that voters never wait for a decoder.
    """
    loop = asyncio.get_running_loop()
    images = []
    for data in turn.images:
        async with _decoders.setdefault(loop, asyncio.Semaphore(1)):
            try:
                picture = await _threaded(normalise)(data)
            except DomainError as error:
                raise ChatError(str(error), code="invalid_image", param="messages") from error
        images.append(picture.data)
    return dispatch.PicturedTurn(turn.prompt, tuple(images), turn.answer)


def _threaded(function: Any) -> Any:
    """Return the function as one that waits in a thread; none of them uses the database."""
    return cast(Any, sync_to_async(function, thread_sensitive=False))
