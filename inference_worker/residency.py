"""Which models are in memory: within a budget, the longest unused leaves first."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

from inference_worker.backends import Backends
from inference_worker.backends.base import BackendError, Model
from inference_worker.wire.messages import FailureCode, ModelSpec

logger = logging.getLogger(__name__)

REMEMBER_SECONDS = 10.0
"""A load that failed is not tried again before this, so that a queue of requests fails at once."""
ROOM_SECONDS = 30.0
"""The longest that a load waits for busy models to make room."""


@dataclass(slots=True)
class _Place:
    """One model's memory; reserved before the load, so that two loads cannot overbook."""

    megabytes: int
    model: Model | None = None
    holds: int = 0
    used: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class _Failure:
    code: FailureCode
    reason: str
    until: float


class Residency:
    """Models by their pinned spec. Safe to call from any thread."""

    def __init__(self, backends: Backends, *, megabytes: int) -> None:
        self._backends = backends
        self._budget = megabytes
        self._places: dict[ModelSpec, _Place] = {}
        self._failures: dict[ModelSpec, _Failure] = {}
        self._changed = Condition()

    def pin(self, spec: ModelSpec) -> ModelSpec:
        """The name under which the model is held. Raises BackendError."""
        return self._backends[spec.backend].pin(spec)

    @contextmanager
    def holding(self, spec: ModelSpec) -> Iterator[Model]:
        """Load unless it is there, and keep it meanwhile; one load however many ask.

        Raises BackendError: ``unavailable`` when it can't be loaded, ``overloaded`` when running
        models left no room in ROOM_SECONDS.
        """
        place = self._enter(spec)
        try:
            yield place.model or self._load(spec, place)
        finally:
            self._leave(place)

    def forget(self, spec: ModelSpec, model: Model) -> None:
        """Drop a model that broke, so that the next request loads it anew."""
        with self._changed:
            place = self._places.get(spec)
            if place is not None and place.model is model:
                del self._places[spec]

    @property
    def loaded(self) -> dict[str, Model]:
        """The models in memory by their source."""
        with self._changed:
            places = self._places.items()
            return {spec.source: place.model for spec, place in places if place.model is not None}

    def _enter(self, spec: ModelSpec) -> _Place:
        """The model's place; where it has no model yet, the caller loads."""
        megabytes = self._backends[spec.backend].weigh(spec)
        deadline = time.monotonic() + ROOM_SECONDS
        with self._changed:
            while (place := self._ready(spec, megabytes)) is None:
                loading = spec in self._places
                if not self._changed.wait(None if loading else deadline - time.monotonic()):
                    raise BackendError("overloaded", f"no room for {spec.source}: {megabytes} MB")
            place.holds += 1
            return place

    def _ready(self, spec: ModelSpec, megabytes: int) -> _Place | None:
        self._raise_remembered(spec)
        place = self._places.get(spec)
        if place is not None:
            return place if place.model is not None else None
        if not self._make_room(spec, megabytes):
            return None
        self._places[spec] = _Place(megabytes)
        return self._places[spec]

    def _leave(self, place: _Place) -> None:
        with self._changed:
            place.holds -= 1
            place.used = time.monotonic()
            self._changed.notify_all()

    def _make_room(self, spec: ModelSpec, megabytes: int) -> bool:
        if megabytes > self._budget:
            raise BackendError("unavailable", f"{spec.source} takes all of {megabytes} MB")
        idle = sorted(
            (s for s, p in self._places.items() if not p.holds and p.megabytes),
            key=lambda s: self._places[s].used,
        )
        while self._taken() + megabytes > self._budget and idle:
            self._places.pop(idle[0])
            logger.info("evicted %s", idle.pop(0).source)
        return self._taken() + megabytes <= self._budget

    def _taken(self) -> int:
        return sum(place.megabytes for place in self._places.values())

    def _raise_remembered(self, spec: ModelSpec) -> None:
        failure = self._failures.get(spec)
        if failure is not None and time.monotonic() < failure.until:
            raise BackendError(failure.code, failure.reason)
        self._failures.pop(spec, None)

    def _load(self, spec: ModelSpec, place: _Place) -> Model:
        began = time.monotonic()
        try:
            model = self._backends[spec.backend].load(spec)
        except Exception as error:
            raise self._fail(spec, error) from error
        with self._changed:
            place.model = model
            self._changed.notify_all()
        logger.info("loaded %s in %.1f s", spec.source, time.monotonic() - began)
        return model

    def _fail(self, spec: ModelSpec, error: Exception) -> BackendError:
        logger.error("cannot load %s", spec.source, exc_info=error)
        known = error if isinstance(error, BackendError) else None
        failed = known or BackendError("unavailable", f"{type(error).__name__}: {error}")
        until = time.monotonic() + REMEMBER_SECONDS
        with self._changed:
            del self._places[spec]
            self._failures[spec] = _Failure(failed.code, failed.reason, until)
            self._changed.notify_all()
        return failed
