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
from inference_worker.wire.messages import MalformedMessage, _Message

KEPT_SECONDS = 2 * 3600
MOST_BYTES = 1024 * 1024
"""Of one; those of ours have a tenth of it."""


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
        """The PNG. Raises MalformedMessage where there is none in it."""
        try:
            return base64.b64decode(self.picture, validate=True)
        except ValueError as error:
            raise MalformedMessage("not a picture") from error


def put(redis: Redis, sample: Sample) -> None:
    """Add one to those that wait."""
    redis.rpush(keys.SAMPLES, json.dumps(sample.to_json()))


def take(redis: Redis) -> Sample | None:
    """The one that waited longest, now nobody else's; None where none waits. Whether a picture is
    in it, its taker has to judge. Raises MalformedMessage for what is no sample."""
    row = cast("bytes | None", redis.lpop(keys.SAMPLES))
    return _read(row) if row else None


def keep(redis: Redis, sample: Sample) -> None:
    """Let it be found by its name for KEPT_SECONDS."""
    redis.set(keys.sample(sample.name), json.dumps(sample.to_json()), ex=KEPT_SECONDS)


def taken(redis: Redis, name: str) -> Sample | None:
    """One that was kept less than KEPT_SECONDS ago."""
    row = cast("bytes | None", redis.get(keys.sample(name)))
    return _read(row) if row else None


def _read(row: bytes) -> Sample:
    if len(row) > MOST_BYTES:
        raise MalformedMessage("too long for a sample")
    try:
        return Sample.from_json(json.loads(row))
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not a sample") from error


def waiting(redis: Redis) -> int:
    """How many wait."""
    return cast(int, redis.llen(keys.SAMPLES))


def may_ask(redis: Redis, *, seconds: int) -> bool:
    """Whether nobody has asked for more within ``seconds``; who hears True is to ask."""
    return bool(redis.set(keys.SAMPLES_ASKED, b"1", ex=seconds, nx=True))
