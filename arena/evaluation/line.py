"""The line in which evaluators' requests wait for a slot, so that few are with workers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from arena.evaluation import dispatch
from arena.evaluation.cancelling import undone_if_cancelled
from arena.evaluation.chat_errors import Busy, ChatError

MOST_WAITING = 256
"""The most requests that wait in one process; a client may try one more later."""
LOOK_SECONDS = 0.05
HOLD_SECONDS = 60.0
"""Beyond the time of an answer a slot is held for this; then its process has ended."""
NO_ROOM = "No worker had room for this request in time."


class _ProcessLine:
    """The line of one event loop: as many may ask Redis for a slot as there are slots."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(settings.EVALUATION_SLOTS)
        self.waiting = 0


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _ProcessLine] = WeakKeyDictionary()


@asynccontextmanager
async def slot() -> AsyncIterator[None]:
    """Wait for a slot and hold it. Raises ChatError where too many wait, and Busy where none is
    free within EVALUATION_SECONDS."""
    line = _lines.setdefault(asyncio.get_running_loop(), _ProcessLine())
    if line.waiting >= MOST_WAITING:
        said = "Too many requests of evaluators wait already."
        raise ChatError(said, status=429, code="rate_limit_exceeded", retry_after=10)
    line.waiting += 1
    name = token_hex(8)
    try:
        take = sync_to_async(dispatch.take_slot, thread_sensitive=False)
        give_back = sync_to_async(dispatch.give_slot_back, thread_sensitive=False)
        seconds, most = settings.EVALUATION_SECONDS + HOLD_SECONDS, settings.EVALUATION_SLOTS
        until = asyncio.get_running_loop().time() + settings.EVALUATION_SECONDS
        try:
            async with asyncio.timeout_at(until):
                await line.places.acquire()
        except TimeoutError as error:
            raise Busy(NO_ROOM) from error
        try:
            try:
                while not await undone_if_cancelled(
                    take(name, seconds=seconds, most=most), lambda _taken: give_back(name)
                ):
                    if asyncio.get_running_loop().time() > until:
                        raise Busy(NO_ROOM)
                    await asyncio.sleep(LOOK_SECONDS)
            except RedisError as error:
                raise Busy("The queue can't be reached right now.", code="unavailable") from error
            try:
                yield
            finally:
                await give_back(name)
        finally:
            line.places.release()
    finally:
        line.waiting -= 1
