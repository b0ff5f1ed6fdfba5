"""Write the phase of a running probe to Redis, where the site reads it and notices its end."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from typing import Any

import msgspec
from redis import Redis, RedisError

from inference_worker.engine import Engine
from inference_worker.wire import probes
from inference_worker.wire.probes import MOST_TEXT, Phase, ProbeProgress, ProbeRequest

logger = logging.getLogger(__name__)


class ProgressReport:
    """Says how far a probe is, now and each second. Safe to call from any thread."""

    def __init__(self, redis: Redis, engine: Engine, request: ProbeRequest) -> None:
        self._redis = redis
        self._engine = engine
        self._request = request
        self._began = time.monotonic()
        self._now = ProbeProgress("finding")
        self._stopped = Event()

    def start(self) -> None:
        """Begin to say so, in a thread that ends at ``stop``."""

        def run() -> None:
            while not self._stopped.wait(probes.SAY_SECONDS):
                self._say()

        Thread(target=run, name="probe", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end."""
        self._stopped.set()

    def enter(self, phase: Phase) -> None:
        """The probe has come to this phase."""
        self._put(phase=phase)

    def ask(self, name: str) -> None:
        """This question is being asked."""
        self._put(phase="asking", question=name, text="")

    def answered(self, name: str) -> None:
        """This question has its answer."""
        self._put(done=(*self._now.done, name))

    def show(self, text: str) -> None:
        """This much of the answer has come; it is said with the next beat."""
        self._now = msgspec.structs.replace(self._now, text=text[:MOST_TEXT])

    def _put(self, **changes: Any) -> None:
        self._now = msgspec.structs.replace(self._now, **changes)
        self._say()

    def _say(self) -> None:
        seconds = time.monotonic() - self._began
        said = msgspec.structs.replace(self._now, seconds=seconds)
        held = self._engine.held(self._request.model) if said.phase == "loading" else None
        if held is not None and held.phase == "downloading":
            said = msgspec.structs.replace(said, phase="downloading", percent=held.percent)
        try:
            probes.say(self._redis, self._request.fence, said)
        except RedisError as error:
            logger.warning("cannot say how far a probe is: %s", type(error).__name__)
