"""Presence of workers, which report every few seconds, and of voters with an open socket."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.capacity import HeldModel, MemoryBudget
from inference_worker.wire.messages import FiniteNumber, WholeNumber, WireMessage
from inference_worker.wire.prompt_limits import PromptLimit

WORKER_SECONDS = 6
START_SECONDS = 30
"""A worker that is started together with Redis reports within so many seconds."""
NAME_SECONDS = 3600
"""The list of names keeps a worker that is gone for so long; clocks may be minutes apart."""
VOTER_SECONDS = 15
"""A voter without an open socket counts as gone after so many seconds."""
RETURN_SECONDS = 60
"""A voter whose web process died without a word gets so long: it has to start again first."""
MOST_WORKERS = 500
"""The largest number of workers whose reports are read, the newest first."""
MOST_BYTES = 65_536
"""The largest report; a longer one is cut and therefore not accepted."""


class WorkerReport(WireMessage, frozen=True):
    """The facts that an operator wants to know of a worker."""

    name: str
    queues: tuple[str, ...]
    device: str
    loaded: tuple[str, ...]
    """Sources of the models that are in memory."""
    running: WholeNumber
    since: FiniteNumber
    """Unix time of its start, in seconds."""
    room: WholeNumber = 0
    """Requests that it holds at the same time; 0 where it does not say."""
    limits: tuple[PromptLimit, ...] = ()
    """The prompt limits of those ``loaded`` models that have one; an endpoint reports none."""
    models: tuple[HeldModel, ...] = ()
    """The models of ``loaded`` and those on their way into memory."""
    memory: MemoryBudget | None = None
    """None where the worker does not know yet, or is of a release that does not say."""
    hub: bool = False
    """True if it may download models from the Hub."""
    libraries: tuple[str, ...] = ()
    """The installed libraries that only some families need, such as torchvision."""


def report(redis: Redis, worker: WorkerReport, *, place: str = "") -> None:
    """Say that this worker lives; forgotten after WORKER_SECONDS.

    ``place`` is a name that no other worker knows, so that none can speak for this one; without it
    the worker's own name serves. It goes into a list, so that nobody has to look through all keys.

    A Redis that is full raises OutOfMemoryError, and lets what was said before live on.
    """
    place = place or worker.name
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.worker(place), WORKER_SECONDS)
        pipe.set(keys.worker(place), json.dumps(worker.to_json()), ex=WORKER_SECONDS)
        pipe.zadd(keys.WORKERS, {place: time.time()})
        pipe.execute()


def workers(redis: Redis) -> list[WorkerReport]:
    """Return the workers that reported lately, by name; malformed reports are ignored."""
    now = time.time()
    with redis.pipeline(transaction=False) as pipe:
        pipe.zremrangebyscore(keys.WORKERS, "-inf", now - NAME_SECONDS)
        pipe.zremrangebyscore(keys.WORKERS, now + NAME_SECONDS, "+inf")
        pipe.zrevrange(keys.WORKERS, 0, MOST_WORKERS - 1)
        places = cast("list[bytes]", pipe.execute()[-1])
    names = [keys.worker(place.decode(errors="replace")) for place in places]
    values = cast("list[bytes | None]", redis.mget(names) if names else [])
    found = []
    for value in filter(None, values):
        with suppress(ValueError, RecursionError):  # not of ours, or of another release
            found.append(WorkerReport.from_json(json.loads(value[:MOST_BYTES])))
    return sorted(found, key=lambda worker: worker.name)


def voter_here(redis: Redis, stream: str, *, seconds: int = VOTER_SECONDS) -> None:
    """Say that the battle's voter is looking; forgotten after ``seconds``, or later where that was
    said before. Like ``report`` in a Redis that is full.
    """
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.presence(stream), seconds, gt=True)
        pipe.set(keys.presence(stream), b"1", ex=seconds, nx=True)
        pipe.execute()


def remembers_voters(redis: Redis) -> bool:
    """Return False if Redis started so recently that voters may not have reported again."""
    return _uptime(redis) > VOTER_SECONDS


def _uptime(redis: Redis) -> int:
    return cast("dict[str, int]", redis.info("server"))["uptime_in_seconds"]


def remembers_workers(redis: Redis) -> bool:
    """Return False if Redis started so recently that workers may not have reported again, or
    that workers which were started with it may not be ready yet."""
    return _uptime(redis) > START_SECONDS


def voters_gone(redis: Redis, streams: Sequence[str]) -> list[str]:
    """Return the streams whose voter closed the last socket VOTER_SECONDS ago, or has had none for
    RETURN_SECONDS."""
    with redis.pipeline(transaction=False) as pipe:
        for stream in streams:
            pipe.exists(keys.presence(stream))
        return [s for s, here in zip(streams, pipe.execute(), strict=True) if not here]
