"""Schedules slots and knows no tensor: one lane per model, requests come and go at any step.

A lane is a thread. While it has requests it holds its model; it takes new ones in between two
steps, first come first served, up to the model's slots. No lane waits for another, and a model
that loads keeps only its own lane waiting. Light models step in one shared thread, in turn: their
steps are mostly the interpreter's work, and two threads would fight over its lock.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Event, Thread
from typing import Protocol

from inference_worker.backends.base import Ask, BackendError, Batch, Model, Piece, Remote
from inference_worker.residency import Residency
from inference_worker.wire.messages import FailureCode, Finish, ModelSpec

logger = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
"""A lane that has had nothing to do for this long ends its thread."""


class Sink(Protocol):
    """Where one answer goes. Called from a lane: must not block."""

    @property
    def wanted(self) -> bool:
        """False once nobody wants more; the request leaves within one step."""

    def opened(self, revision: str) -> None:
        """The model is there, and this is what was loaded."""

    def add(self, text: str, tokens: int) -> None: ...

    def end(self, finish: Finish) -> None: ...

    def fail(self, code: FailureCode, reason: str = "") -> None:
        """``reason`` is for operators: it must not repeat what a voter asked."""


@dataclass(frozen=True, slots=True)
class _Request:
    ask: Ask
    sink: Sink


class Engine:
    """All lanes of this process."""

    def __init__(self, residency: Residency, *, slots: int) -> None:
        self._residency = residency
        self._slots = slots
        self._lanes: dict[ModelSpec, _Lane] = {}
        self._carousel = _Carousel()
        self._changed = Condition()

    def submit(self, spec: ModelSpec, ask: Ask, sink: Sink) -> None:
        """Return at once; whatever becomes of it reaches the sink. Raises BackendError."""
        pinned = self._residency.pin(spec)
        with self._changed:
            if pinned not in self._lanes:
                self._lanes[pinned] = self._open(pinned)
            self._lanes[pinned].waiting.append(_Request(ask, sink))
            self._changed.notify_all()

    def preload(self, spec: ModelSpec) -> None:
        """Load a model before anybody asks for it. Raises BackendError."""
        with self._residency.holding(self._residency.pin(spec)):
            pass

    @property
    def loaded(self) -> dict[str, Model]:
        """The models in memory by their source."""
        return self._residency.loaded

    def _open(self, spec: ModelSpec) -> _Lane:
        lane = _Lane(spec, self._residency, self._carousel, slots=self._slots)
        Thread(target=self._attend, args=(lane,), name=f"lane {spec.source}", daemon=True).start()
        return lane

    def _attend(self, lane: _Lane) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: lane.waiting, IDLE_SECONDS):
                    del self._lanes[lane.spec]
                    return
            lane.work()


class _Lane:
    """One model's requests. All but ``waiting`` belongs to the thread that works."""

    def __init__(
        self, spec: ModelSpec, residency: Residency, carousel: _Carousel, *, slots: int
    ) -> None:
        self.spec = spec
        self.waiting: deque[_Request] = deque()
        self._residency = residency
        self._carousel = carousel
        self._slots = slots
        self._running: dict[str, Sink] = {}

    def work(self) -> None:
        """Serve until nobody waits and nobody runs; never raises."""
        try:
            with self._residency.holding(self.spec) as model:
                self._serve(model)
        except BackendError as error:
            logger.warning("%s gives up: %s", self.spec.source, error)
            self._drop_all(error.code, error.reason)
        except Exception:
            logger.exception("the lane of %s broke", self.spec.source)
            self._drop_all("internal")

    def _serve(self, model: Model) -> None:
        if isinstance(model, Batch):
            try:
                self._drive(model)
            except Exception:
                self._residency.forget(self.spec, model)
                raise
        else:
            while self.waiting:
                self._relay(model, self.waiting.popleft())

    def _drive(self, batch: Batch) -> None:
        if batch.light:
            self._carousel.ride(lambda: self._turn(batch))
        else:
            while self._turn(batch):
                pass

    def _turn(self, batch: Batch) -> bool:
        """One step for all that run; false once there is nothing to do."""
        # One joins at a time: whoever runs already waits for one prefill at the most.
        if self.waiting and len(self._running) < min(self._slots, batch.slots):
            self._join(batch, self.waiting.popleft())
        if self._running:
            self._deliver(batch.step())
            self._part(batch)
        return bool(self.waiting or self._running)

    def _join(self, batch: Batch, request: _Request) -> None:
        if not request.sink.wanted:
            return
        request.sink.opened(batch.revision)
        try:
            batch.join(request.ask)
        except BackendError as error:
            logger.warning("%s refused a request: %s", self.spec.source, error)
            request.sink.fail(error.code, error.reason)
        except Exception as error:  # noqa: BLE001  # the others inside go on
            logger.error("%s could not take a request: %s", self.spec.source, _place(error))
            request.sink.fail("internal")
        else:
            self._running[request.ask.id] = request.sink

    def _deliver(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            sink = self._running[piece.id]
            sink.add(piece.text, piece.tokens)
            if piece.finish is not None:
                sink.end(piece.finish)
                del self._running[piece.id]

    def _part(self, batch: Batch) -> None:
        for id in [id for id, sink in self._running.items() if not sink.wanted]:
            batch.leave(id)
            del self._running[id]

    def _relay(self, remote: Remote, request: _Request) -> None:
        Thread(target=_stream, args=(remote, request), name="remote", daemon=True).start()

    def _drop_all(self, code: FailureCode, reason: str = "") -> None:
        for sink in self._running.values():
            sink.fail(code, reason)
        self._running.clear()
        while self.waiting:
            self.waiting.popleft().sink.fail(code, reason)


class _Carousel:
    """One thread that gives each of its riders a turn, again and again."""

    def __init__(self) -> None:
        self._rides: list[_Ride] = []
        self._changed = Condition()
        Thread(target=self._run, name="carousel", daemon=True).start()

    def ride(self, turn: Callable[[], bool]) -> None:
        """Return once a turn returns false; raises what a turn raises."""
        ride = _Ride(turn)
        with self._changed:
            self._rides.append(ride)
            self._changed.notify()
        ride.over.wait()
        if ride.error is not None:
            raise ride.error

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._rides)
                self._rides = [ride for ride in self._rides if not ride.over.is_set()]
            for ride in self._rides:
                ride.turn()


class _Ride:
    def __init__(self, turn: Callable[[], bool]) -> None:
        self.over = Event()
        self.error: Exception | None = None
        self._turn = turn

    def turn(self) -> None:
        try:
            more = self._turn()
        except Exception as error:  # noqa: BLE001  # raised again where the rider waits
            self.error, more = error, False
        if not more:
            self.over.set()


def _place(error: Exception) -> str:
    """Kind and line of an error; its message may repeat the prompt."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frame.filename}:{frame.lineno}"


def _stream(remote: Remote, request: _Request) -> None:
    sink = request.sink
    sink.opened(remote.revision)
    try:
        for piece in remote.stream(request.ask, lambda: sink.wanted):
            sink.add(piece.text, piece.tokens)
            if piece.finish is not None:
                sink.end(piece.finish)
                return
        sink.fail("internal")  # cut off; or unwanted, then this changes nothing
    except BackendError as error:
        logger.warning("an endpoint failed: %s", error)
        sink.fail(error.code, error.reason)
    except Exception as error:  # noqa: BLE001  # the sink must hear of it, whatever it is
        logger.error("an endpoint's stream broke: %s", _place(error))
        sink.fail("internal")
