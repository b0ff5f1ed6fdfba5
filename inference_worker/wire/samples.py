"""Sample pictures that a worker has drawn ahead, each for one visitor.

They wait in a list; one that was taken can be fetched by its name for as long as a visitor may look
at it before asking.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.messages import (
    FiniteNumber,
    MalformedMessage,
    WholeNumber,
    WireMessage,
)

KEPT_SECONDS = 2 * 3600
MOST_BYTES = 1024 * 1024
"""The largest picture; those that workers render have a tenth of it."""


class DrawnSample(WireMessage, frozen=True):
    """A picture with a prompt that suits it; ``alt`` says what is in the picture."""

    name: str
    prompt: str
    category: str
    alt: str
    picture: str
    """The PNG in Base64."""
    answer: str = ""
    """The one right answer; empty in what a worker of the release before has drawn."""
    stratum: str = ""
    """How hard the question is: the exam's task and the number of things in the picture."""
    probability: FiniteNumber = 0.0
    """The probability with which the site chose it; 0 where it has not chosen yet."""
    candidates: WholeNumber = 0
    """The number of pictures among which the site chose it."""

    @property
    def data(self) -> bytes:
        """The PNG. Raises MalformedMessage where there is none in it."""
        try:
            return base64.b64decode(self.picture, validate=True)
        except ValueError as error:
            raise MalformedMessage("not a picture") from error


def put(redis: Redis, sample: DrawnSample) -> None:
    """Add one to those that wait."""
    redis.rpush(keys.SAMPLES, json.dumps(sample.to_json()))


def take(redis: Redis, count: int) -> list[DrawnSample]:
    """Return those that waited longest, at most so many, now nobody else's. Whether a picture is in
    one, its taker has to judge; what is no sample is left out."""
    rows = cast("list[bytes] | None", redis.lpop(keys.SAMPLES, count))
    found = []
    for row in rows or []:
        with suppress(MalformedMessage):
            found.append(_read(row))
    return found


def keep(redis: Redis, sample: DrawnSample) -> None:
    """Keep the sample, to be found by its name, for KEPT_SECONDS."""
    redis.set(keys.sample(sample.name), json.dumps(sample.to_json()), ex=KEPT_SECONDS)


def taken(redis: Redis, name: str) -> DrawnSample | None:
    """Return a sample that was kept less than KEPT_SECONDS ago."""
    row = cast("bytes | None", redis.get(keys.sample(name)))
    return _read(row) if row else None


def _read(row: bytes) -> DrawnSample:
    if len(row) > MOST_BYTES:
        raise MalformedMessage("too long for a sample")
    try:
        return DrawnSample.from_json(json.loads(row))
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not a sample") from error


def waiting(redis: Redis) -> int:
    """Return the number of samples that wait."""
    return cast(int, redis.llen(keys.SAMPLES))


def may_ask(redis: Redis, *, seconds: int) -> bool:
    """Return True to one caller in ``seconds``, which then has to ask for more."""
    return bool(redis.set(keys.SAMPLES_ASKED, b"1", ex=seconds, nx=True))
