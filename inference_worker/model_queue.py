"""The queue of one model: who waits, who is inside, and how both hear of their answers."""

from __future__ import annotations

import logging
import re
import traceback
from collections import deque
from collections.abc import Sequence
from threading import Lock, Thread
from typing import Protocol

from inference_worker.backends.base import (
    NO_MEMORY,
    BackendError,
    BatchModel,
    GenerationInput,
    StreamingModel,
    TokenDelta,
)
from inference_worker.background import ForegroundRequests, RepeatedText
from inference_worker.model_cache import ModelCache
from inference_worker.reasoning import ReasoningSplitter
from inference_worker.round_robin import RoundRobinExecutor
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.messages import FailureCode, Finish, ModelSpec

logger = logging.getLogger(__name__)


class AnswerSink(Protocol):
    """The receiver of one answer. It is called from a queue and must not block."""

    @property
    def wanted(self) -> bool:
        """Return False once nobody wants more; the request then leaves within one step."""

    def load_began(self) -> None:
        """The model has to be fetched or loaded first: time that is no part of the answer's."""

    def load_ended(self) -> None:
        """The model is in memory, or will never be."""

    def opened(self, revision: str) -> None:
        """The model is there, and this is what was loaded."""

    def read(self, prompt_tokens: int, pictures: Sequence[tuple[int, int]] = ()) -> None:
        """The model has counted the tokens of the prompt, and says in which sizes it sees the
        pictures of the conversation, if it knows."""

    def add(self, text: str, tokens: int) -> None: ...

    def add_reasoning(self, text: str, tokens: int) -> None:
        """Take a part of the trace in, which is no part of the answer."""

    def learn(self, options: str, remark: str) -> None:
        """Take in what the calls of a remote model have taught, for operators."""

    def end(self, finish: Finish) -> None: ...

    def fail(self, code: FailureCode, reason: str = "", cause: FailureCause = "other") -> None:
        """``reason`` and ``cause`` are for operators: they must not repeat what a voter asked."""


class _Request:
    """A request that waits for its model or is inside it; its reasoning may come in its text."""

    def __init__(self, ask: GenerationInput, sink: AnswerSink) -> None:
        self.ask = ask
        self.sink = sink
        self._splitter = ReasoningSplitter()
        self._said = {False: RepeatedText(), True: RepeatedText()}
        """The answer and its reasoning, for a request that may begin again."""

    def begin_again(self) -> None:
        """The next piece is the first one again."""
        self._splitter = ReasoningSplitter()
        for said in self._said.values():
            said.begin_again()

    def take(self, piece: TokenDelta) -> None:
        """Give the sink what is certain by now, and its end."""
        if piece.prompt_tokens:
            self.sink.read(piece.prompt_tokens, piece.pictures)
        if piece.kind == "reasoning":
            parts = [(True, piece.text)]
        else:
            parts = list(self._splitter.feed(piece.text))
        if piece.finish is not None:
            parts += self._splitter.close()
        tokens = piece.tokens
        for is_reasoning, text in parts or [(self._splitter.is_inside, "")]:
            add = self.sink.add_reasoning if is_reasoning else self.sink.add
            said = self._said[is_reasoning]
            add(*(said.add(text, tokens) if self.ask.is_background else (text, tokens)))
            tokens = 0
        if any(said.differs for said in self._said.values()):
            self.sink.fail("overloaded", "an answer that had given way came out differently")
        if piece.finish is not None:
            self.sink.end(piece.finish)


class ModelQueue:
    """The requests of a model. All except those that wait belongs to the queue's thread."""

    def __init__(
        self,
        spec: ModelSpec,
        model_cache: ModelCache,
        round_robin: RoundRobinExecutor,
        foreground: ForegroundRequests,
        *,
        slots: int,
    ) -> None:
        self.spec = spec
        self._waiting: deque[_Request] = deque()
        self._background: deque[_Request] = deque()
        """Requests that wait until nobody else does, here or in another queue."""
        self._foreground = foreground
        self._model_cache = model_cache
        self._round_robin = round_robin
        self._slots = slots
        self._running: dict[str, _Request] = {}
        self._loads = Lock()
        self._is_loading = False
        self._has_broken = False
        """Whether a step has broken since the last answer that ended."""

    @property
    def has_requests(self) -> bool:
        """Return whether anybody waits."""
        return bool(self._waiting or self._background)

    @property
    def must_yield(self) -> bool:
        """Return whether all that wait are in the background, and others want answers."""
        return not self._waiting and self._foreground.are_active

    def add(self, ask: GenerationInput, sink: AnswerSink) -> None:
        """Let a request wait its turn; one that comes while the model loads waits for that, too."""
        with self._loads:
            if self._is_loading:
                sink.load_began()
            waiting = self._background if ask.is_background else self._waiting
            waiting.append(_Request(ask, sink))

    def work(self) -> None:
        """Serve until nobody waits and nobody runs, or all must give way; never raises."""
        try:
            self._set_loading(True)
            with self._model_cache.acquire(self.spec) as model:
                self._set_loading(False)
                if isinstance(model, BatchModel):
                    self._step_until_idle(model)
                else:
                    while request := self._next():
                        one = (model, request)
                        Thread(target=_stream, args=one, name="remote", daemon=True).start()
        except Exception as error:  # noqa: BLE001  # the sinks must hear of it, whatever it is
            self._drop(error, all_that_wait=True)

    def _step_until_idle(self, batch: BatchModel) -> None:
        """Step until there is nothing to do. A step that breaks fails those inside; who waits is
        answered by the model loaded anew, unless that broke, too, before it ended an answer."""
        try:
            if batch.light:
                self._round_robin.run(lambda: self._turn(batch))
            else:
                while self._turn(batch):
                    pass
        except Exception as error:  # noqa: BLE001  # the sinks must hear of it, whatever it is
            self._model_cache.forget(self.spec, batch)
            self._drop(error, all_that_wait=self._has_broken)
            self._has_broken = True

    def _set_loading(self, begins: bool) -> None:
        """Stop the clocks of all that wait, or let them go on."""
        with self._loads:
            if begins == self._is_loading:
                return
            self._is_loading = begins
            for request in (*self._waiting, *self._background):
                request.sink.load_began() if begins else request.sink.load_ended()

    def _turn(self, batch: BatchModel) -> bool:
        """Make one step for all running requests; return False once there is nothing to do."""
        # The background leaves the model while anybody else wants an answer.
        yielding = [one for one in self._running.values() if one.ask.is_background]
        for one in reversed(yielding) if yielding and self._foreground.are_active else ():
            batch.leave(one.ask.id)
            del self._running[one.ask.id]
            one.begin_again()
            self._background.appendleft(one)
        # One joins at a time: whoever runs already waits for one prefill at the most.
        if len(self._running) < min(self._slots, batch.slots) and (request := self._next()):
            self._join(batch, request)
        if self._running:
            for piece in batch.step():
                self._running[piece.id].take(piece)
                if piece.finish is not None:
                    del self._running[piece.id]
                    self._has_broken = False
            for id in [id for id, one in self._running.items() if not one.sink.wanted]:
                batch.leave(id)
                del self._running[id]
        return bool(self._running or (self.has_requests and not self.must_yield))

    def _next(self) -> _Request | None:
        """Return who is next in line; the background only where nobody else wants an answer."""
        if self._waiting:
            return self._waiting.popleft()
        if self._background and not self._foreground.are_active:
            return self._background.popleft()
        return None

    def _join(self, batch: BatchModel, request: _Request) -> None:
        if not request.sink.wanted:
            return
        request.sink.opened(batch.revision)
        try:
            batch.join(request.ask)
        except BackendError as error:
            logger.warning("%s refused a request: %s", self.spec.source, error)
            request.sink.fail(error.code, error.reason, error.cause)
        except Exception as error:  # noqa: BLE001  # the others inside go on
            logger.error("%s could not take a request: %s", self.spec.source, _place(error))
            request.sink.fail("internal", cause=_cause(error))
        else:
            self._running[request.ask.id] = request

    def _drop(self, error: Exception, *, all_that_wait: bool) -> None:
        """Fail who is inside, and perhaps who waits."""
        if isinstance(error, BackendError):
            logger.warning("%s gives up: %s", self.spec.source, error)
            known = error
        else:
            logger.error("the queue of %s broke", self.spec.source, exc_info=error)
            known = BackendError("internal", "", _cause(error))
        self._set_loading(False)
        dropped = deque(self._running.values())
        self._running.clear()
        for waiting in (self._waiting, self._background) if all_that_wait else ():
            while waiting:
                dropped.append(waiting.popleft())
        for request in dropped:
            request.sink.fail(known.code, known.reason, known.cause)


def _place(error: Exception) -> str:
    """Kind and line of an error; its message may repeat the prompt."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frame.filename}:{frame.lineno}"


def _cause(error: Exception) -> FailureCause:
    """Return the cause of an error that no backend has explained: whether memory ran out."""
    words = f"{type(error).__name__}: {error}"
    return "no_memory" if re.search(NO_MEMORY, words, re.IGNORECASE) else "other"


def _stream(remote: StreamingModel, request: _Request) -> None:
    sink = request.sink
    sink.opened(remote.revision)
    try:
        for piece in remote.stream(request.ask, lambda: sink.wanted):
            add = sink.add_reasoning if piece.kind == "reasoning" else sink.add
            add(piece.text, piece.tokens)
            if piece.finish is not None:
                sink.learn(remote.learned, remote.remark)
                sink.end(piece.finish)
                return
        sink.fail("internal")  # cut off; or unwanted, then this changes nothing
    except BackendError as error:
        logger.warning("an endpoint failed: %s", error)
        sink.learn(remote.learned, remote.remark)
        sink.fail(error.code, error.reason, error.cause)
    except Exception as error:  # noqa: BLE001  # the sink must hear of it, whatever it is
        logger.error("an endpoint's stream broke: %s", _place(error))
        sink.fail("internal")
