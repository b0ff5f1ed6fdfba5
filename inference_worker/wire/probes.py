"""A probe: the questions that the site asks a version through a worker, and what comes back.

The site says what is asked and judges the answers; the worker asks, measures and tells. Meanwhile
it says in Redis how far it is, under a name that only who has the fence can know.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, cast

from msgspec import Meta
from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.detections import Detection
from inference_worker.wire.messages import (
    MOST_LEARNED,
    MOST_REASON,
    FailureCode,
    Finish,
    FiniteNumber,
    ImageDigest,
    MalformedMessage,
    ModelSpec,
    RandomName,
    WholeNumber,
    WireMessage,
)

PROGRESS_SECONDS = 10
"""The life of a progress key: a worker that has written nothing for longer has gone."""
SAY_SECONDS = 1.0
"""The interval at which a worker writes its progress."""
MOST_TEXT = 2_000
"""Characters of an answer, and of a trace, that come back."""
MOST_QUESTIONS = 20
MOST_PLACES = 3
"""Places of one answer by one format that come back."""
MOST_FORMATS = 64
MOST_BYTES = 65_536

Phase = Literal["finding", "downloading", "loading", "asking"]
"""The phases of a probe, in this order; a remote model is only found and asked."""

Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\A[a-z_0-9]+\Z")]


class ProbeQuestion(WireMessage, frozen=True):
    """A question of a probe."""

    name: Name
    prompt: str
    images: tuple[ImageDigest, ...]
    max_new_tokens: WholeNumber
    needed: bool = False
    """True if the probe ends when this question gets no answer."""
    follows: Annotated[str, Meta(max_length=40)] = ""
    """The name of an earlier question: it and its answer are the turn before this one."""
    places: bool = False
    """True if every format reads the answer for places in its first picture."""


class ProbeRequest(WireMessage, frozen=True):
    """A probe of a version."""

    stream: RandomName
    fence: RandomName
    queue: str
    model: ModelSpec
    questions: Annotated[tuple[ProbeQuestion, ...], Meta(max_length=MOST_QUESTIONS)]
    seconds: FiniteNumber
    """The time of one answer. To find, download and load a model is no part of it."""
    max_characters: WholeNumber
    max_reasoning_tokens: WholeNumber = 0


class FormatPlaces(WireMessage, frozen=True):
    """The places that a grounding format reads in an answer."""

    format: Name
    places: Annotated[tuple[Detection, ...], Meta(max_length=MOST_PLACES)]


class ProbeAnswer(WireMessage, frozen=True):
    """The result of a question."""

    name: Name
    text: Annotated[str, Meta(max_length=MOST_TEXT)] = ""
    reasoning: Annotated[str, Meta(max_length=MOST_TEXT)] = ""
    tokens: WholeNumber = 0
    reasoning_tokens: WholeNumber = 0
    pieces: WholeNumber = 0
    """Parts in which the text came."""
    first_text_ms: WholeNumber = 0
    total_ms: WholeNumber = 0
    finish: Finish = "stop"
    code: FailureCode | Literal[""] = ""
    """Empty for an answer that ended well."""
    cause: FailureCause | Literal[""] = ""
    reason: Annotated[str, Meta(max_length=MOST_REASON)] = ""
    places: Annotated[tuple[FormatPlaces, ...], Meta(max_length=MOST_FORMATS)] = ()


class ProbeOutcome(WireMessage, frozen=True):
    """The end of a probe: all answers, and what was measured beside them."""

    stream: RandomName
    fence: RandomName
    worker: str
    answers: Annotated[tuple[ProbeAnswer, ...], Meta(max_length=MOST_QUESTIONS)] = ()
    revision: str = ""
    """The revision that the worker really loaded."""
    device: str = ""
    memory_mb: WholeNumber = 0
    """The worker's estimate for the loaded model; 0 for one that runs elsewhere."""
    load_ms: WholeNumber = 0
    """The time to fetch and load the model, which is not part of an answer's time."""
    code: FailureCode | Literal[""] = ""
    """Why nothing could be asked; empty where something was."""
    cause: FailureCause | Literal[""] = ""
    reason: Annotated[str, Meta(max_length=MOST_REASON)] = ""
    learned: Annotated[str, Meta(max_length=MOST_LEARNED)] = ""
    """The options that the version should have; empty where it has them."""
    remark: Annotated[str, Meta(max_length=MOST_REASON)] = ""
    """A remark for operators although the answers arrived."""
    used_mb: WholeNumber = 0
    """The memory that was taken on the device while the model was loaded and answered; 0 where it
    was loaded before, or where nobody measures."""


class ProbeProgress(WireMessage, frozen=True):
    """The phase of a probe."""

    phase: Phase
    question: str = ""
    """The name of the question that is being asked."""
    percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    """The progress of a download; None if it is not known."""
    seconds: FiniteNumber = 0.0
    """The time since the probe began."""
    done: tuple[Name, ...] = ()
    """The questions that have been answered."""
    text: Annotated[str, Meta(max_length=MOST_TEXT)] = ""
    """The beginning of the answer that is coming."""


def say(redis: Redis, fence: str, progress: ProbeProgress) -> None:
    """Say how far a probe is. Raises RedisError."""
    name = keys.probe(keys.address(fence))
    redis.set(name, json.dumps(progress.to_json()), ex=PROGRESS_SECONDS)


def progress_of(redis: Redis, fence: str) -> ProbeProgress | None:
    """Return how far a probe is; None where no worker has said so lately, or what it said is none.

    Raises RedisError.
    """
    row = cast("bytes | None", redis.get(keys.probe(keys.address(fence))))
    if row is None:
        return None
    try:
        return ProbeProgress.from_json(json.loads(row[:MOST_BYTES]))
    except (MalformedMessage, ValueError, RecursionError):
        return None
