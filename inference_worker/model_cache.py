"""Which models are in memory: within a budget, the longest unused leaves first."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

from msgspec.structs import replace

from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import (
    Backend,
    BackendError,
    DeviceBackend,
    MeasuringBackend,
    Model,
    StreamingModel,
)
from inference_worker.wire.capacity import HeldModel, LoadPhase, MemoryBudget
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.messages import FailureCode, ModelSpec

logger = logging.getLogger(__name__)

REMEMBER_SECONDS = 10.0
"""A load that failed is not tried again before this, so that a queue of requests fails at once."""
ROOM_SECONDS = 30.0
"""The longest that a load waits for busy models to make room."""


@dataclass(slots=True)
class _CacheEntry:
    """The memory of a model, reserved before the load, so that two loads cannot overbook."""

    megabytes: int
    model: Model | None = None
    holds: int = 0
    used: float = field(default_factory=time.monotonic)
    since: float = field(default_factory=time.time)
    """When its load began or, once there is a model, ended."""


@dataclass(slots=True)
class _Download:
    """The way of a model's files to this machine."""

    percent: int = 0
    since: float = field(default_factory=time.time)

    def tell(self, percent: int) -> None:
        """Take the share that is there in; it never falls."""
        self.percent = max(self.percent, min(100, percent))


@dataclass(frozen=True, slots=True)
class _LoadFailure:
    code: FailureCode
    reason: str
    cause: FailureCause
    until: float


class ModelCache:
    """Models by their pinned spec. Safe to call from any thread."""

    def __init__(self, backends: BackendRegistry, *, budget: MemoryBudget) -> None:
        """``budget`` holds until a backend has looked at its device."""
        self._backends = backends
        self._budget = budget
        self._places: dict[ModelSpec, _CacheEntry] = {}
        self._downloads: dict[ModelSpec, _Download] = {}
        self._failures: dict[ModelSpec, _LoadFailure] = {}
        self._changed = Condition()

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        """The name under which the model is held. Raises BackendError."""
        return self._backends[spec.backend].resolve_revision(spec)

    @contextmanager
    def acquire(self, spec: ModelSpec) -> Iterator[Model]:
        """Load unless it is there, and keep it meanwhile; one load however many ask.

        Raises BackendError: ``unavailable`` when it can't be loaded, ``overloaded`` when running
        models left no room in ROOM_SECONDS.
        """
        megabytes = self._weight(spec)
        deadline = time.monotonic() + ROOM_SECONDS
        with self._changed:
            while (place := self._ready(spec, megabytes)) is None:
                loading = spec in self._places
                if not self._changed.wait(None if loading else deadline - time.monotonic()):
                    said = f"no room for {spec.source}: {megabytes} MB"
                    raise BackendError("overloaded", said, "no_memory")
            place.holds += 1
        try:
            yield place.model or self._load(spec, place)
        finally:
            with self._changed:
                place.holds -= 1
                place.used = time.monotonic()
                self._changed.notify_all()

    def forget(self, spec: ModelSpec, model: Model) -> None:
        """Drop a model that broke, so that the next request loads it anew."""
        with self._changed:
            place = self._places.get(spec)
            if place is not None and place.model is model:
                del self._places[spec]

    def look_at_device(self, backend: str) -> None:
        """Take the budget from a backend's device. Raises BackendError."""
        self._measure(self._backends[backend])

    @property
    def loaded(self) -> dict[str, Model]:
        """The models in memory by their source."""
        with self._changed:
            places = self._places.items()
            return {spec.source: place.model for spec, place in places if place.model is not None}

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The models of this machine that are in memory or on their way there."""
        with self._changed:
            coming = [
                _held(spec, "downloading", one.since, percent=one.percent)
                for spec, one in self._downloads.items()
            ]
            places = [
                _held(spec, "ready" if one.model else "loading", one.since, megabytes=one.megabytes)
                for spec, one in self._places.items()
                if not isinstance(one.model, StreamingModel)
            ]
        return (*places, *coming)

    @property
    def budget(self) -> MemoryBudget:
        """The memory that models may take, and how much of it is taken."""
        with self._changed:
            return replace(self._budget, taken=self._taken())

    def used_mb(self, spec: ModelSpec) -> int:
        """Return the megabytes that are taken now on the device of this model's backend; 0 where
        nobody measures them."""
        backend = self._backends[spec.backend]
        return backend.used_mb() if isinstance(backend, MeasuringBackend) else 0

    def _weight(self, spec: ModelSpec) -> int:
        """Return the megabytes of a model, once its files are on this machine."""
        backend = self._backends[spec.backend]
        with self._changed:
            self._raise_remembered(spec)
            if spec in self._places:
                return self._places[spec].megabytes
        if isinstance(backend, DeviceBackend):
            self._measure(backend)
            with self._changed:
                download = self._downloads.setdefault(spec, _Download())
            try:
                backend.fetch(spec, download.tell)
            except BackendError as error:
                with self._changed:
                    self._remember(spec, error)
                raise
            finally:
                with self._changed:
                    self._downloads.pop(spec, None)
        return backend.memory_mb(spec)

    def _measure(self, backend: Backend) -> None:
        if isinstance(backend, DeviceBackend):
            budget = backend.memory_budget()
            with self._changed:
                self._budget = budget

    def _ready(self, spec: ModelSpec, megabytes: int) -> _CacheEntry | None:
        self._raise_remembered(spec)
        place = self._places.get(spec)
        if place is not None:
            return place if place.model is not None else None
        most = self._budget.megabytes
        if megabytes > most:
            reason = self._budget.refusal(spec.source, megabytes)
            raise BackendError("unavailable", reason, "no_memory")
        idle = sorted(
            (s for s, p in self._places.items() if not p.holds and p.megabytes),
            key=lambda s: self._places[s].used,
        )
        while self._taken() + megabytes > most and idle:
            self._places.pop(idle[0])
            logger.info("evicted %s", idle.pop(0).source)
        fits = self._taken() + megabytes <= most
        if not fits:
            return None
        self._places[spec] = _CacheEntry(megabytes)
        return self._places[spec]

    def _taken(self) -> int:
        return sum(place.megabytes for place in self._places.values())

    def _raise_remembered(self, spec: ModelSpec) -> None:
        failure = self._failures.get(spec)
        if failure is not None and time.monotonic() < failure.until:
            raise BackendError(failure.code, failure.reason, failure.cause)
        self._failures.pop(spec, None)

    def _remember(self, spec: ModelSpec, failed: BackendError) -> None:
        until = time.monotonic() + REMEMBER_SECONDS
        self._failures[spec] = _LoadFailure(failed.code, failed.reason, failed.cause, until)

    def _load(self, spec: ModelSpec, place: _CacheEntry) -> Model:
        began = time.monotonic()
        try:
            model = self._backends[spec.backend].load(spec)
        except Exception as error:
            logger.error("cannot load %s", spec.source, exc_info=error)
            known = error if isinstance(error, BackendError) else None
            failed = known or BackendError("unavailable", f"{type(error).__name__}: {error}")
            with self._changed:
                del self._places[spec]
                self._remember(spec, failed)
                self._changed.notify_all()
            raise failed from error
        with self._changed:
            place.model = model
            place.since = time.time()
            self._changed.notify_all()
        logger.info("loaded %s in %.1f s", spec.source, time.monotonic() - began)
        return model


def _held(spec: ModelSpec, phase: LoadPhase, since: float, **more: int) -> HeldModel:
    return HeldModel(spec.backend, spec.source, spec.revision, phase, since, **more)
