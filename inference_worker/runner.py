"""One request from its claim to its outcome.

The thread of a task claims, hands over to engine and writer, and then only waits: for the end, for
the deadline, or for the news that the side belongs to somebody else.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from redis import Redis, RedisError

from inference_worker.answers import Answer
from inference_worker.backends.base import Ask, BackendError
from inference_worker.engine import Engine
from inference_worker.heartbeat import Heartbeat
from inference_worker.wire import blobs, leases
from inference_worker.wire.messages import GenerationRequest, Outcome
from inference_worker.writer import Writer

logger = logging.getLogger(__name__)

SETTLE_SECONDS = leases.LIFE_SECONDS + 2 * leases.RENEW_SECONDS
"""After the deadline the last event has this long to be written; then the lease is over anyway."""


class Runner:
    """Runs requests, each in the thread that calls."""

    def __init__(
        self, redis: Redis, engine: Engine, writer: Writer, heartbeat: Heartbeat, *, worker: str
    ) -> None:
        self._redis = redis
        self._engine = engine
        self._writer = writer
        self._heartbeat = heartbeat
        self._worker = worker

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """From a request's JSON to an outcome's; never raises. Returns within the request's
        seconds and SETTLE_SECONDS, once the claim is through."""
        try:
            return self.run(GenerationRequest.from_json(message)).to_json()
        except Exception as error:  # noqa: BLE001  # without an outcome the site has no callback
            # No traceback: its frames may hold the prompt.
            logger.error("a request could not be run: %s", type(error).__name__)
            return _lost(message, self._worker).to_json()

    def run(self, request: GenerationRequest) -> Outcome:
        """Raises RedisError when even the claim gets no answer."""
        answer = Answer(request, nudge=self._writer.nudge)
        verdict = leases.claim(self._redis, answer.holder, queue=request.queue)
        if verdict == "ok":
            self._carry(answer)
        else:
            logger.info("a side was not claimed: %s", verdict)
        return answer.outcome(self._worker)

    def abandon(self) -> None:
        """Let go of all requests, so that this process can end; their leases run out."""
        for answer in self._heartbeat.kept:
            answer.lose()

    def stop(self) -> None:
        """End the threads of writer and heartbeat, once nothing runs any more."""
        self._writer.stop()
        self._heartbeat.stop()

    def _carry(self, answer: Answer) -> None:
        self._heartbeat.keep(answer)
        self._writer.carry(answer)
        try:
            answer.begin()
            self._submit(answer)
            self._wait(answer)
        finally:
            answer.lose()
            self._writer.drop(answer)
            self._heartbeat.drop(answer)

    def _submit(self, answer: Answer) -> None:
        model = answer.request.model
        try:
            self._engine.submit(model, self._ask(answer), answer)
        except blobs.MissingBlob:
            # No fault of the model: the site's next attempt puts the image there again.
            logger.warning("the image of a battle is not there any more")
            answer.lose()
        except BackendError as error:
            logger.warning("%s can't be asked: %s", model.source, error)
            answer.fail(error.code, error.reason)
        except RedisError as error:
            logger.warning("cannot fetch the image of a battle: %s", error)
            answer.lose()

    def _ask(self, answer: Answer) -> Ask:
        request = answer.request
        return Ask(
            id=answer.holder.owner,
            prompt=request.turn.prompt,
            images=tuple(blobs.get(self._redis, name) for name in request.turn.images),
            max_new_tokens=request.limits.max_new_tokens,
            temperature=request.limits.temperature,
            seed=_seed(request),
            seconds=answer.seconds_left,
        )

    def _wait(self, answer: Answer) -> None:
        if not answer.settled.wait(answer.seconds_left):
            answer.fail("timeout")
            self._writer.nudge()
            answer.settled.wait(SETTLE_SECONDS)


def _seed(request: GenerationRequest) -> int:
    """The same for every attempt at a side, another for the other side."""
    name = f"{request.stream}:{request.side}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:7])


def _lost(message: Mapping[str, Any], worker: str) -> Outcome:
    """For what is no request, or could not be claimed: the site ignores it."""
    known = message if isinstance(message, Mapping) else {}
    return Outcome(
        stream=str(known.get("stream", "")),
        side="b" if known.get("side") == "b" else "a",
        attempt=known["attempt"] if isinstance(known.get("attempt"), int) else 0,
        fence=str(known.get("fence", "")),
        status="lost",
        code="",
        text="",
        finish="stop",
        tokens=0,
        first_text_ms=0,
        total_ms=0,
        worker=worker,
        revision="",
    )
