"""Sample pictures that a worker has drawn ahead, each for one visitor.

They wait in a list; one that was taken can be fetched by its name for as long as a visitor may look
at it before asking.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.messages import _Message

KEPT_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class Sample(_Message):
    """A picture with a prompt that suits it; ``alt`` says what is in the picture."""

    name: str
    prompt: str
    category: str
    alt: str
    picture: str
    """The PNG in Base64."""

    @property
    def data(self) -> bytes:
        """The PNG."""
        return base64.b64decode(self.picture)


def put(redis: Redis, sample: Sample) -> None:
    """Add one to those that wait."""
    redis.rpush(keys.SAMPLES, json.dumps(sample.to_json()))


def take(redis: Redis) -> Sample | None:
    """The one that waited longest, now nobody else's; None where none waits."""
    row = cast("bytes | None", redis.lpop(keys.SAMPLES))
    if row is None:
        return None
    sample = Sample.from_json(json.loads(row))
    redis.set(keys.sample(sample.name), row, ex=KEPT_SECONDS)
    return sample


def taken(redis: Redis, name: str) -> Sample | None:
    """One that was taken less than KEPT_SECONDS ago."""
    row = cast("bytes | None", redis.get(keys.sample(name)))
    return Sample.from_json(json.loads(row)) if row else None


def waiting(redis: Redis) -> int:
    """How many wait."""
    return cast(int, redis.llen(keys.SAMPLES))


def may_ask(redis: Redis, *, seconds: int) -> bool:
    """Whether nobody has asked for more within ``seconds``; who hears True is to ask."""
    return bool(redis.set(keys.SAMPLES_ASKED, b"1", ex=seconds, nx=True))
