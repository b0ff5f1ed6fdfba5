"""Who is there: workers that say so every few seconds, and voters whose socket is open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.messages import _Message

WORKER_SECONDS = 6
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


def report(redis: Redis, worker: WorkerReport) -> None:
    """Say that this worker lives; forgotten after WORKER_SECONDS."""
    redis.set(keys.worker(worker.name), json.dumps(worker.to_json()), ex=WORKER_SECONDS)


def workers(redis: Redis) -> list[WorkerReport]:
    """All workers that reported lately, by name."""
    names = sorted(redis.scan_iter(match=keys.WORKERS, count=100))
    values = cast("list[bytes | None]", redis.mget(names) if names else [])
    return [WorkerReport.from_json(json.loads(value)) for value in values if value]


def voter_here(redis: Redis, stream: str, *, seconds: int = VOTER_SECONDS) -> None:
    """Say that the battle's voter is looking; forgotten after ``seconds``."""
    redis.set(keys.presence(stream), b"1", ex=seconds)


def remembers_voters(redis: Redis) -> bool:
    """False for a Redis that began so lately that whoever is here may not have said so again."""
    uptime: int = cast("dict[str, int]", redis.info("server"))["uptime_in_seconds"]
    return uptime > VOTER_SECONDS


def voters_gone(redis: Redis, streams: Sequence[str]) -> list[str]:
    """Those streams whose voter has had no open socket for VOTER_SECONDS."""
    with redis.pipeline(transaction=False) as pipe:
        for stream in streams:
            pipe.exists(keys.presence(stream))
        return [s for s, here in zip(streams, pipe.execute(), strict=True) if not here]
