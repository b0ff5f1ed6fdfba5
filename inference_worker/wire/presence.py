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

WORKER_SECONDS = 6
START_SECONDS = 30
"""A worker that is started together with Redis reports within so many seconds."""
NAME_SECONDS = 3600
"""The list of names keeps a worker that is gone for so long; clocks may be minutes apart."""
VOTER_SECONDS = 15


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
    positions: tuple[int, ...] = ()
    """For each of ``loaded``, the tokens that prompt and answer may take together; 0 if unknown."""


def report(redis: Redis, worker: WorkerReport) -> None:
    """Say that this worker lives; forgotten after WORKER_SECONDS.

    Its name goes into a list, so that nobody has to look through all keys for workers. A Redis that
    is full raises OutOfMemoryError, and lets what was said before live on.
    """
    now = time.time()
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.worker(worker.name), WORKER_SECONDS)
        pipe.set(keys.worker(worker.name), json.dumps(worker.to_json()), ex=WORKER_SECONDS)
        pipe.zadd(keys.WORKERS, {worker.name: now})
        pipe.zremrangebyscore(keys.WORKERS, "-inf", now - NAME_SECONDS)
        pipe.execute()


def workers(redis: Redis) -> list[WorkerReport]:
    """All workers that reported lately, by name."""
    names = sorted(cast("list[bytes]", redis.zrange(keys.WORKERS, 0, -1)))
    places = [keys.worker(name.decode()) for name in names]
    values = cast("list[bytes | None]", redis.mget(places) if places else [])
    return [WorkerReport.from_json(json.loads(value)) for value in values if value]


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
