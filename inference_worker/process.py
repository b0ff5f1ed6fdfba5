"""The parts of this process put together, once: runner, engine, writer, heartbeat."""

from __future__ import annotations

import logging
import os
import time
from functools import cache
from threading import Lock, Thread

from redis import Redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from inference_worker.backends import Backends
from inference_worker.backends.base import BackendError, Model
from inference_worker.engine import Engine
from inference_worker.heartbeat import Heartbeat
from inference_worker.residency import Residency
from inference_worker.runner import Runner
from inference_worker.settings import SHIPPED, Settings, read
from inference_worker.wire.messages import ModelSpec
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.prompt_limits import PromptLimit
from inference_worker.writer import Writer

logger = logging.getLogger(__name__)

# The loops try again by themselves; a task's own few calls are repeated for a few seconds.
IMPATIENT_SECONDS = 1.0
PATIENT_SECONDS = 2.0
PATIENT_RETRIES = 8

_building = Lock()


def runner() -> Runner:
    """This process's runner, begun at the first call."""
    with _building:
        return _runner()


@cache
def _runner() -> Runner:
    settings = read()
    # Read by the Hub's library when it is imported; one setting decides, whatever was inherited.
    os.environ["HF_HUB_OFFLINE"] = "0" if settings.hub else "1"
    return build(settings)


def build(settings: Settings, *, backends: Backends | None = None) -> Runner:
    """Put a runner together and start its threads; models begin to load in the background."""
    residency = Residency(backends or Backends(settings), megabytes=settings.memory_mb)
    engine = Engine(residency, slots=settings.slots)
    writer = Writer(_impatient(settings.redis_url))
    heartbeat = Heartbeat(_impatient(settings.redis_url), describe=lambda: describe())
    since = time.time()

    def describe() -> WorkerReport:
        loaded = engine.loaded
        return WorkerReport(
            name=settings.name,
            queues=settings.queues,
            device=", ".join(sorted({model.device for model in loaded.values()})),
            loaded=tuple(loaded),
            running=len(heartbeat.kept),
            since=since,
            room=settings.concurrency,
            limits=tuple(limit for limit in map(_limit, loaded.values()) if limit),
        )

    writer.start()
    heartbeat.start()
    Thread(target=_preload, args=(engine, settings), name="preload", daemon=True).start()
    patient = _patient(settings.redis_url)
    return Runner(patient, engine, writer, heartbeat, worker=settings.name)


def _preload(engine: Engine, settings: Settings) -> None:
    """Raises nothing: a model that can't be loaded says so when it is asked."""
    for name in preloaded(settings):
        try:
            engine.preload(ModelSpec("transformers", name, "", "", ""))
        except BackendError as error:
            logger.warning("cannot preload %s: %s", name, error)


def preloaded(settings: Settings) -> list[str]:
    """Return the sources of the models that this worker loads at its start."""
    named = [_shipped() if source == "shipped" else [source] for source in settings.preload]
    return [source for sources in named for source in sources]


def _shipped() -> list[str]:
    return [f"shipped:{path.parent.name}" for path in sorted(SHIPPED.glob("*/config.json"))]


def _limit(model: Model) -> PromptLimit | None:
    """Return how long a prompt may be; None where nobody knows."""
    return getattr(model, "prompt_limit", None)


@cache
def connection() -> Redis:
    """For tasks that aren't a runner's."""
    return _patient(read().redis_url)


def _impatient(url: str) -> Redis:
    """Fails fast: whoever calls has a loop and a lease to keep."""
    return Redis.from_url(
        url,
        socket_timeout=IMPATIENT_SECONDS,
        socket_connect_timeout=IMPATIENT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _patient(url: str) -> Redis:
    """Rides out a restart of Redis, and gives up in the end."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENT_SECONDS,
        socket_connect_timeout=PATIENT_SECONDS,
        retry=Retry(ConstantBackoff(0.25), PATIENT_RETRIES),
    )
