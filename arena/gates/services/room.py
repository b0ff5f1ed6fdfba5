"""Check that there is room for one more battle, before anything of it is accepted.

This takes a few round trips to Redis and one look at the disk, before the picture is decoded. An
accepted battle has a place. If its answers could not begin in time, or its bytes could not be
stored, it is refused at the start, when a visitor can come back, and not in the middle.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from redis.exceptions import OutOfMemoryError, RedisError

from arena.core.errors import Unavailable
from arena.core.redis import client
from arena.gates.refusals import NoRoom, Reason
from inference_worker.wire import places, presence
from inference_worker.wire.messages import MalformedMessage

log = logging.getLogger(__name__)

USUAL_ROOM = 32
"""The capacity of a worker that does not report one, or that is just starting again."""
FULL_SECONDS = 0.5


@dataclass(slots=True)
class _LastRefusal:
    """The last refusal of this process, and until when it holds for whoever comes next."""

    reason: Reason = "line"
    until: float = 0.0


_found = _LastRefusal()


@dataclass(slots=True)
class WaitingPlace:
    """A place for one battle; ``name`` is empty before it is taken and once it is given back."""

    name: str = ""

    def take(self, queues: Collection[str]) -> None:
        """Hold a place for a battle that may be answered on any of these queues.

        Raises NoRoom where the disk, Redis or a line is full, and Unavailable without Redis: what
        is accepted must run.
        """
        try:
            folder = Path(settings.MEDIA_ROOT)
            try:
                free = shutil.disk_usage(folder if folder.exists() else settings.DATA_DIR).free
            except OSError as error:
                raise Unavailable from error
            if free < settings.DISK_FREE_BYTES:
                raise NoRoom("disk")
            self.name = _take(queues)
        except NoRoom as refused:
            _found.reason, _found.until = refused.reason, time.monotonic() + FULL_SECONDS
            raise

    def give_back(self) -> None:
        """Free it; whoever held none has nothing to do."""
        name, self.name = self.name, ""
        if name:
            _give_back(name)


_ahead: ContextVar[WaitingPlace | None] = ContextVar("place_ahead", default=None)


@contextmanager
def place_ahead() -> Iterator[WaitingPlace]:
    """Return the place that ``place`` uses in this request, for who takes it before the view."""
    mine = WaitingPlace()
    token = _ahead.set(mine)
    try:
        yield mine
    finally:
        _ahead.reset(token)


def refuse_if_full() -> None:
    """Raises NoRoom where this process has found no room a moment ago: a crowd at a full site is
    told so without a question to anybody. Whoever holds a place is none of that crowd.
    """
    held = _ahead.get()
    if _found.until > time.monotonic() and not (held and held.name):
        raise NoRoom(_found.reason)


@contextmanager
def place(queues: Collection[str]) -> Iterator[None]:
    """Hold a place while a battle is accepted: the one that was taken ahead of this request, else
    a new one. Raises what ``WaitingPlace.take`` raises.
    """
    held = _ahead.get() or WaitingPlace()
    if not held.name:
        held.take(queues)
    try:
        yield
    finally:
        held.give_back()


def _take(queues: Collection[str]) -> str:
    name = token_hex(8)
    try:
        # A queue without a worker is left out while another one has any: nothing is drawn for it.
        rounds = max(1.0, settings.WAITING_SECONDS / settings.ANSWER_SECONDS)
        room = dict.fromkeys(queues, 0)
        for worker in _workers_at(int(time.monotonic())):
            for queue in set(worker.queues) & set(queues):
                room[queue] += worker.room or USUAL_ROOM
        served = {queue: count for queue, count in room.items() if count}
        served = served or dict.fromkeys(queues, USUAL_ROOM)
        most = {queue: int(count * rounds) for queue, count in served.items()}
        with client().pipeline(transaction=False) as pipe:
            pipe.info("memory")
            places.take(pipe, name, most=most)
            memory, held = pipe.execute(raise_on_error=False)
    except (RedisError, MalformedMessage) as error:
        raise Unavailable from error
    if isinstance(held, OutOfMemoryError):
        raise NoRoom("redis")
    if isinstance(held, Exception) or isinstance(memory, Exception):
        raise Unavailable
    if not held:
        raise NoRoom("line")
    allowed = memory["maxmemory"] * settings.REDIS_SHARE
    coming = held * settings.UPLOAD_STORED_BYTES  # each place that is held may bring a picture
    if allowed and memory["used_memory"] + coming > allowed:
        _give_back(name)
        raise NoRoom("redis")
    return name


@lru_cache(maxsize=1)
def _workers_at(_second: int) -> list[presence.WorkerReport]:
    """The live workers, asked once a second. Raises RedisError."""
    return presence.workers(client())


def _give_back(name: str) -> None:
    try:
        places.give_back(client(), name)
    except RedisError as error:
        log.warning("a place is held for a while: %s", type(error).__name__)
