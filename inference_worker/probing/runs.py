"""A probe: the site's questions about a version, asked one after the other and measured.

The model is found and loaded first, and its answers are timed without that. Every second a thread
says in Redis how far the probe is, which also tells the site that this worker lives.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import msgspec
from PIL import Image
from redis import Redis, RedisError

from inference_worker import grounding
from inference_worker.backends.base import (
    AnsweredTurn,
    BackendError,
    GenerationInput,
    SamplingParams,
)
from inference_worker.engine import Engine
from inference_worker.grounding.reading import PictureSize, read_whole
from inference_worker.probing.progress import ProgressReport
from inference_worker.probing.recording import ProbeSink, milliseconds
from inference_worker.wire import blobs
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.messages import MOST_REASON, FailureCode
from inference_worker.wire.probes import (
    MOST_PLACES,
    FormatPlaces,
    ProbeAnswer,
    ProbeOutcome,
    ProbeQuestion,
    ProbeRequest,
)
from inference_worker.wire.texts import writable

logger = logging.getLogger(__name__)

SEED = 7
"""The seed of every question, so that a probe can be repeated if the model allows it."""
GRACE_SECONDS = 1.0
"""A model that keeps its own deadline, as one at an endpoint does, has this long to say so."""
SETTLE_SECONDS = 2.0
"""An answer that is cut at its deadline has this long to leave its model."""


class ProbeRunner:
    """Runs probes, each in the thread that calls."""

    def __init__(self, redis: Redis, engine: Engine, *, worker: str) -> None:
        self._redis = redis
        self._engine = engine
        self._worker = worker

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Run the probe of this JSON and return the JSON of its outcome; never raises."""
        try:
            request = ProbeRequest.from_json(message)
        except ValueError as error:
            logger.error("a probe can't be read: %s", error)
            return ProbeOutcome("", "", self._worker).to_json()
        return self.run(request).to_json()

    def run(self, request: ProbeRequest) -> ProbeOutcome:
        """Return the end of a probe, whatever becomes of it; a needed question that gets no answer
        is the last one that is asked."""
        talk = ProgressReport(self._redis, self._engine, request)
        running = RunningProbe(request, self._redis, self._engine, talk)
        talk.start()
        try:
            running.prepare()
            running.ask_all()
        except BackendError as error:
            running.fail(error.code, error.cause, error.reason)
        except blobs.MissingBlob:
            running.fail("internal", "other", "the pictures of the probe are gone; probe again")
        except RedisError as error:
            running.fail("internal", "other", f"Redis: {type(error).__name__}")
        except Exception as error:
            logger.exception("a probe broke")
            running.fail("internal", "other", type(error).__name__)
        finally:
            talk.stop()
        return running.outcome(self._worker)


class RunningProbe:
    """A running probe, and its results so far."""

    def __init__(
        self, request: ProbeRequest, redis: Redis, engine: Engine, talk: ProgressReport
    ) -> None:
        self._request = request
        self._redis = redis
        self._engine = engine
        self._talk = talk
        self._answers: list[ProbeAnswer] = []
        self._found: dict[str, Any] = {}
        self._unloaded_mb: int | None = None
        """What was taken on the device before the model came; None where it was there before."""

    def prepare(self) -> None:
        """Find the model and bring it into memory. Raises BackendError."""
        spec = self._request.model
        self._talk.enter("finding")
        pinned = self._engine.resolve_revision(spec)
        self._found["revision"] = writable(pinned.revision)[:200]
        self._talk.enter("loading")
        began = time.monotonic()
        if self._engine.held(pinned) is None:
            self._unloaded_mb = self._engine.used_mb(pinned)
        self._engine.preload(pinned)
        self._found["load_ms"] = milliseconds(began)
        held = self._engine.held(pinned)
        self._found["memory_mb"] = held.megabytes if held else 0
        self._measure()

    def ask_all(self) -> None:
        """Ask the questions in their order. Raises BackendError, MissingBlob and RedisError."""
        for question in self._request.questions:
            self._talk.ask(question.name)
            answer = self._ask(question)
            self._answers.append(answer)
            self._talk.answered(question.name)
            self._measure()
            if answer.code and question.needed:
                break

    def fail(self, code: FailureCode, cause: FailureCause, reason: str) -> None:
        """Keep why nothing more could be asked."""
        self._found |= {"code": code, "cause": cause, "reason": writable(reason)[:MOST_REASON]}

    def outcome(self, worker: str) -> ProbeOutcome:
        """Return all of it."""
        request = self._request
        return ProbeOutcome(
            stream=request.stream,
            fence=request.fence,
            worker=worker,
            answers=tuple(self._answers),
            **self._found,
        )

    def _measure(self) -> None:
        """Keep the most memory that the model took so far."""
        if self._unloaded_mb is not None:
            taken = self._engine.used_mb(self._request.model) - self._unloaded_mb
            self._found["used_mb"] = max(taken, self._found.get("used_mb", 0))

    def _ask(self, question: ProbeQuestion) -> ProbeAnswer:
        request = self._request
        images = tuple(blobs.get(self._redis, name) for name in question.images)
        sink = ProbeSink(most=request.max_characters, show=self._talk.show)
        ask = GenerationInput(
            id=secrets.token_hex(8),
            prompt=question.prompt,
            images=images,
            sampling=SamplingParams(
                question.max_new_tokens, 0.0, SEED, request.max_reasoning_tokens
            ),
            seconds=request.seconds,
            earlier=self._turn_before(question),
        )
        try:
            self._engine.submit(request.model, ask, sink)
        except BackendError as error:
            sink.fail(error.code, error.reason, error.cause)
        if not sink.settled.wait(request.seconds + GRACE_SECONDS):
            sink.fail("timeout", f"no end came within {request.seconds:g} s", "timeout")
            sink.settled.wait(SETTLE_SECONDS)
        self._found |= sink.learned
        self._found["revision"] = self._found.get("revision") or sink.revision
        answer = sink.answer(question.name)
        if question.places and answer.text and images:
            with Image.open(BytesIO(images[0])) as image:
                size = PictureSize(image.width, image.height)
            readings = {
                name: read_whole(grounding.create_reader(name, [size]), answer.text).detections[
                    :MOST_PLACES
                ]
                for name in grounding.available()
            }
            answer = msgspec.structs.replace(
                answer,
                places=tuple(
                    FormatPlaces(name, places) for name, places in readings.items() if places
                ),
            )
        return answer

    def _turn_before(self, question: ProbeQuestion) -> tuple[AnsweredTurn, ...]:
        """Return the turn that a question follows, with the answer that it got. Raises
        MissingBlob."""
        asked = {one.name: one for one in self._request.questions}
        given = {one.name: one.text for one in self._answers}
        if question.follows not in asked or question.follows not in given:
            return ()
        before = asked[question.follows]
        images = tuple(blobs.get(self._redis, name) for name in before.images)
        return (AnsweredTurn(before.prompt, images, given[question.follows]),)
