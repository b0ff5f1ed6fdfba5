"""Run a request from its claim to its outcome.

The thread of a task claims the request, submits it to engine and writer, and then only waits: for
the end, for the deadline, or until the side belongs to another attempt.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis, RedisError

from inference_worker.answers import RunningAnswer
from inference_worker.backends.base import (
    AnsweredTurn,
    BackendError,
    GenerationInput,
    SamplingParams,
)
from inference_worker.engine import Engine
from inference_worker.heartbeat import LeaseHeartbeat
from inference_worker.pointing import point_out
from inference_worker.probing import ProbeRunner
from inference_worker.wire import blobs, leases
from inference_worker.wire.messages import GenerationOutcome, GenerationRequest
from inference_worker.writer import StreamWriter

logger = logging.getLogger(__name__)

SETTLE_SECONDS = leases.LIFE_SECONDS + 2 * leases.RENEW_SECONDS
"""The time after the deadline to write the last event; then the lease is over anyway."""
LOAD_SECONDS, LOAD_SECONDS_PROBE = 180.0, 7200.0
"""The longest that a voter's answer, and a check's, waits until its model is loaded."""


class RequestRunner:
    """Runs requests, each in the thread that calls."""

    def __init__(
        self,
        redis: Redis,
        engine: Engine,
        writer: StreamWriter,
        heartbeat: LeaseHeartbeat,
        *,
        worker: str,
    ) -> None:
        self._redis = redis
        self._engine = engine
        self._writer = writer
        self._heartbeat = heartbeat
        self._worker = worker
        self.prober = ProbeRunner(redis, engine, worker=worker)
        """Asks the same models for operators."""

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Run the request of this JSON and return the JSON of its outcome; never raises. Once it is
        claimed and the model is loaded, this takes at most the request's seconds and
        SETTLE_SECONDS."""
        request = None
        try:
            request = GenerationRequest.from_json(message)
            return self.run(request).to_json()
        except Exception as error:  # noqa: BLE001  # without an outcome the site has no callback
            # No traceback: its frames may hold the prompt.
            logger.error("a request could not be run: %s", type(error).__name__)
            lost = GenerationOutcome(
                stream=request.stream if request else "",
                side=request.side if request else "a",
                attempt=request.attempt if request else 0,
                fence=request.fence if request else "",
                status="lost",
                code="",
                text="",
                finish="stop",
                tokens=0,
                first_text_ms=0,
                total_ms=0,
                worker=self._worker,
                revision="",
            )
            return lost.to_json()

    def run(self, request: GenerationRequest) -> GenerationOutcome:
        """Raises RedisError when even the claim gets no answer."""
        answer = RunningAnswer(request, flush_soon=self._writer.flush_soon)
        verdict = leases.claim(self._redis, answer.holder, queue=request.queue)
        if verdict == "ok":
            self._heartbeat.keep(answer)
            self._writer.carry(answer)
            try:
                answer.begin()
                model = answer.request.model
                try:
                    ask = self._input_of(answer)
                    if answer.request.grounding:
                        point_out(answer, ask)
                    self._engine.submit(model, ask, answer)
                except blobs.MissingBlob:
                    # No fault of the model: the site's next attempt puts the image there again.
                    logger.warning("the image of a battle is not there any more")
                    answer.lose()
                except BackendError as error:
                    logger.warning("%s can't be asked: %s", model.source, error)
                    answer.fail(error.code, error.reason, error.cause)
                except RedisError as error:
                    logger.warning("cannot fetch the image of a battle: %s", error)
                    answer.lose()
                self._await_end(answer)
            finally:
                answer.lose()
                self._writer.drop(answer)
                self._heartbeat.drop(answer)
        else:
            logger.info("a side was not claimed: %s", verdict)
        return answer.outcome(self._worker)

    def abandon(self) -> None:
        """Let go of all requests, so that this process can end; their leases run out."""
        for answer in self._heartbeat.kept:
            answer.lose()

    def stop(self) -> None:
        """End the threads of writer and heartbeat, once nothing runs any more, and close every
        connection to Redis: one that the collector finds open is a warning."""
        self._writer.stop()
        self._heartbeat.stop()
        self._redis.close()

    def _await_end(self, answer: RunningAnswer) -> None:
        """Wait until the answer is settled, or its time is over. Its clock may stand meanwhile."""
        most = LOAD_SECONDS_PROBE if answer.request.is_probe else LOAD_SECONDS
        while not answer.settled.wait(answer.seconds_left):
            if answer.is_loading and answer.load_seconds > most:
                answer.fail("overloaded", f"the model was still loading after {most:.0f} s")
            elif answer.seconds_left > 0:
                continue
            answer.fail("timeout")
            self._writer.flush_soon()
            answer.settled.wait(SETTLE_SECONDS)
            return

    def _input_of(self, answer: RunningAnswer) -> GenerationInput:
        request = answer.request
        return GenerationInput(
            id=answer.holder.owner,
            prompt=request.turn.prompt,
            images=self._pictures(request.turn.images),
            sampling=SamplingParams(
                max_new_tokens=request.limits.max_new_tokens,
                temperature=request.limits.temperature,
                seed=_seed(request) if request.seed is None else request.seed,
                max_reasoning_tokens=request.limits.max_reasoning_tokens,
            ),
            seconds=answer.seconds_left,
            is_background=request.is_background,
            earlier=tuple(
                AnsweredTurn(turn.prompt, self._pictures(turn.images), turn.answer)
                for turn in request.earlier
            ),
        )

    def _pictures(self, names: Sequence[str]) -> tuple[bytes, ...]:
        """Return the bytes of pictures. Raises blobs.MissingBlob."""
        return tuple(blobs.get(self._redis, name) for name in names)


def _seed(request: GenerationRequest) -> int:
    """The same for every attempt at a side, another for the other side."""
    name = f"{request.stream}:{request.side}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:7])
