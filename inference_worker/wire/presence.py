"""Who is there: workers that say so every few seconds, and voters whose socket is open."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.messages import _Message
from inference_worker.wire.prompt_limits import PromptLimit

WORKER_SECONDS = 6
START_SECONDS = 30
"""A worker that is started together with Redis reports within so many seconds."""
NAME_SECONDS = 3600
"""The list of names keeps a worker that is gone for so long; clocks may be minutes apart."""
VOTER_SECONDS = 15
MOST_WORKERS = 500
"""Of more names than that the newest are asked."""
MOST_BYTES = 65_536
"""Of a report; what is longer is cut, and so none."""


@dataclass(frozen=True, slots=True)
class WorkerReport(_Message):
    """What an operator wants to know of a worker."""

    name: str
    queues: tuple[str, ...]
    device: str
    loaded: tuple[str, ...]
    """Sources of the models that are in memory."""
    running: int
    since: float
    """Unix time of its start, in seconds."""
    room: int = 0
    """Requests that it holds at the same time; 0 where it does not say."""
    limits: tuple[PromptLimit, ...] = ()
    """How long a prompt may be, for those of ``loaded`` that know; an endpoint tells nobody."""


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
    """All workers that reported lately, by name; a report that makes no sense is no worker."""
    now = time.time()
    with redis.pipeline(transaction=False) as pipe:
        pipe.zremrangebyscore(keys.WORKERS, "-inf", now - NAME_SECONDS)
        pipe.zremrangebyscore(keys.WORKERS, now + NAME_SECONDS, "+inf")
        pipe.zrevrange(keys.WORKERS, 0, MOST_WORKERS - 1)
        places = cast("list[bytes]", pipe.execute()[-1])
    names = [keys.worker(place.decode(errors="replace")) for place in places]
    values = cast("list[bytes | None]", redis.mget(names) if names else [])
    found = [_read(value) for value in values if value]
    return sorted((one for one in found if one), key=lambda worker: worker.name)


def _read(value: bytes) -> WorkerReport | None:
    try:
        return WorkerReport.from_json(json.loads(value[:MOST_BYTES]))
    except (ValueError, RecursionError):
        return None


def voter_here(redis: Redis, stream: str, *, seconds: int = VOTER_SECONDS) -> None:
    """Say that the battle's voter is looking; forgotten after ``seconds``. Like ``report`` in a
    Redis that is full.
    """
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.presence(stream), seconds)
        pipe.set(keys.presence(stream), b"1", ex=seconds)
        pipe.execute()


def remembers_voters(redis: Redis) -> bool:
    """False for a Redis that began so lately that whoever is here may not have said so again."""
    return _uptime(redis) > VOTER_SECONDS


def _uptime(redis: Redis) -> int:
    return cast("dict[str, int]", redis.info("server"))["uptime_in_seconds"]


def remembers_workers(redis: Redis) -> bool:
    """False for a Redis that began so lately that whoever is here may not have said so again, or
    that workers which were started with it are not there yet."""
    return _uptime(redis) > START_SECONDS


def voters_gone(redis: Redis, streams: Sequence[str]) -> list[str]:
    """Those streams whose voter has had no open socket for VOTER_SECONDS."""
    with redis.pipeline(transaction=False) as pipe:
        for stream in streams:
            pipe.exists(keys.presence(stream))
        return [s for s, here in zip(streams, pipe.execute(), strict=True) if not here]
