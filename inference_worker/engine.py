"""The scheduler of requests: a queue for each model, which requests join and leave at any step.

A queue is a thread. While it has requests it holds its model. It takes in new ones between two
steps, first come first served, up to the slots of the model. No queue waits for another, and a
model that loads keeps only its own queue waiting. The scheduler handles no tensors. Light models
step in one shared thread, in turn: their steps are mostly the interpreter's work, and two threads
would compete for its lock. A request in the background runs only while no other one does, in any
queue: it leaves its model as soon as one comes, and begins again afterwards.
"""

from __future__ import annotations

from threading import Condition, Thread

from inference_worker.backends.base import GenerationInput
from inference_worker.background import ForegroundRequests
from inference_worker.model_cache import ModelCache
from inference_worker.model_queue import AnswerSink, ModelQueue
from inference_worker.round_robin import RoundRobinExecutor
from inference_worker.wire.capacity import HeldModel, furthest
from inference_worker.wire.messages import ModelSpec

IDLE_SECONDS = 60.0
"""A queue that has had nothing to do for this long ends its thread."""
YIELD_SECONDS = 0.02
"""How often a queue that has given way looks whether it may go on."""


class Engine:
    """The queues of this process."""

    def __init__(self, model_cache: ModelCache, *, slots: int) -> None:
        self._model_cache = model_cache
        self._slots = slots
        self._queues: dict[ModelSpec, ModelQueue] = {}
        self._round_robin = RoundRobinExecutor()
        self._foreground = ForegroundRequests()
        self._changed = Condition()

    def submit(self, spec: ModelSpec, ask: GenerationInput, sink: AnswerSink) -> None:
        """Return at once; whatever becomes of it reaches the sink. Raises BackendError."""
        pinned = self._model_cache.resolve_revision(spec)
        with self._changed:
            if not ask.is_background:
                self._foreground.add(sink)
            if pinned not in self._queues:
                queue = ModelQueue(
                    pinned,
                    self._model_cache,
                    self._round_robin,
                    self._foreground,
                    slots=self._slots,
                )
                name = f"queue {pinned.source}"
                Thread(target=self._attend, args=(queue,), name=name, daemon=True).start()
                self._queues[pinned] = queue
            self._queues[pinned].add(ask, sink)
            self._changed.notify_all()

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        """Return the spec with its revision filled in. Raises BackendError."""
        return self._model_cache.resolve_revision(spec)

    def held(self, spec: ModelSpec) -> HeldModel | None:
        """Return how near a model is to an answer; None where it is neither here nor coming."""
        return furthest(self._model_cache.held, backend=spec.backend, source=spec.source)

    def used_mb(self, spec: ModelSpec) -> int:
        """Return the megabytes that are taken now on the device of this model's backend; 0 where
        nobody measures them."""
        return self._model_cache.used_mb(spec)

    def preload(self, spec: ModelSpec) -> None:
        """Load a model before anybody asks for it. Raises BackendError."""
        with self._model_cache.acquire(self._model_cache.resolve_revision(spec)):
            pass

    def _attend(self, queue: ModelQueue) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: queue.has_requests, IDLE_SECONDS):
                    del self._queues[queue.spec]
                    return
                while queue.must_yield:
                    self._changed.wait(YIELD_SECONDS)
            queue.work()
