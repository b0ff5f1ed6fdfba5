"""The parts of this process put together, once: runner, engine, writer, heartbeat."""

from __future__ import annotations

import importlib.util
import logging
import os
import time
from functools import cache
from threading import Lock, Thread

from redis import Redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from inference_worker import host_memory
from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import BackendError, RemoteBackend
from inference_worker.engine import Engine
from inference_worker.heartbeat import LeaseHeartbeat
from inference_worker.model_cache import ModelCache
from inference_worker.probing import ProbeRunner
from inference_worker.runner import RequestRunner
from inference_worker.settings import SHIPPED, WorkerSettings, read
from inference_worker.wire.capacity import MemoryBudget
from inference_worker.wire.messages import DEFAULT_BACKEND, MOST_REASON, ModelSpec
from inference_worker.wire.model_lists import ModelList, ModelListRequest
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.texts import writable
from inference_worker.writer import StreamWriter

logger = logging.getLogger(__name__)

FAMILY_LIBRARIES = ("torchvision", "num2words")
"""Libraries that some families of models need beside transformers."""

# The loops try again by themselves; a task's own few calls are repeated for a few seconds.
IMPATIENT_SECONDS = 1.0
PATIENT_SECONDS = 2.0
PATIENT_RETRIES = 8

_building = Lock()


def runner() -> RequestRunner:
    """This process's runner, begun at the first call."""
    with _building:
        return _runner()


def prober() -> ProbeRunner:
    """This process's runner of probes, which asks the same models."""
    return runner().prober


@cache
def _runner() -> RequestRunner:
    settings = read()
    # Read by the Hub's library when it is imported; one setting decides, whatever was inherited.
    os.environ["HF_HUB_OFFLINE"] = "0" if settings.hub else "1"
    return build(settings, backends=_backends())


@cache
def _backends() -> BackendRegistry:
    return BackendRegistry(read())


def list_models(asked: ModelListRequest) -> ModelList:
    """Return the names of the models at an endpoint, or why there are none; never raises."""
    try:
        backend = _backends()[asked.backend]
        if not isinstance(backend, RemoteBackend):
            raise BackendError("unavailable", f"{asked.backend} has no endpoints")
        names = backend.names(base_url=asked.base_url, sealed_key=asked.sealed_key)
        return ModelList(names)
    except BackendError as error:
        return ModelList((), writable(error.reason)[:MOST_REASON])
    except Exception as error:  # noqa: BLE001  # whoever waits for the list must hear of it
        logger.error("an endpoint's models could not be listed: %s", type(error).__name__)
        return ModelList((), "the worker broke while it asked")


def build(settings: WorkerSettings, *, backends: BackendRegistry | None = None) -> RequestRunner:
    """Put a runner together and start its threads; models begin to load in the background."""
    by_operator = settings.memory_mb > 0
    most = settings.memory_mb or host_memory.budget_mb()
    budget = MemoryBudget(most, by_operator=by_operator)
    model_cache = ModelCache(backends or BackendRegistry(settings), budget=budget)
    engine = Engine(model_cache, slots=settings.slots)
    writer = StreamWriter(_impatient(settings.redis_url))
    heartbeat = LeaseHeartbeat(_impatient(settings.redis_url), describe=lambda: describe())
    since = time.time()

    def describe() -> WorkerReport:
        loaded = model_cache.loaded
        return WorkerReport(
            name=settings.name,
            queues=settings.queues,
            device=", ".join(sorted({model.device for model in loaded.values()})),
            loaded=tuple(loaded),
            running=len(heartbeat.kept),
            since=since,
            room=settings.concurrency,
            limits=tuple(filter(None, (getattr(m, "prompt_limit", None) for m in loaded.values()))),
            models=model_cache.held,
            memory=model_cache.budget,
            hub=settings.hub,
            libraries=libraries(),
        )

    writer.start()
    heartbeat.start()
    preload = (engine, model_cache, settings)
    Thread(target=_preload, args=preload, name="preload", daemon=True).start()
    patient = _patient(settings.redis_url)
    return RequestRunner(patient, engine, writer, heartbeat, worker=settings.name)


def libraries() -> tuple[str, ...]:
    """Return those of FAMILY_LIBRARIES that are installed; imports none of them."""
    return tuple(name for name in FAMILY_LIBRARIES if importlib.util.find_spec(name))


def _preload(engine: Engine, model_cache: ModelCache, settings: WorkerSettings) -> None:
    """Raises nothing: a model that can't be loaded says so when it is asked."""
    if host_memory.sees_nvidia() and (settings.preload or settings.hub or settings.model_dirs):
        try:  # what would fit on the GPU is to be known before the first model is loaded
            model_cache.look_at_device(DEFAULT_BACKEND)
        except BackendError as error:
            logger.warning("cannot look at the device: %s", error)
    for name in preloaded(settings):
        try:
            engine.preload(ModelSpec(DEFAULT_BACKEND, name, "", "", ""))
        except BackendError as error:
            logger.warning("cannot preload %s: %s", name, error)


def preloaded(settings: WorkerSettings) -> list[str]:
    """Return the sources of the models that this worker loads at its start."""
    shipped = [f"shipped:{path.parent.name}" for path in sorted(SHIPPED.glob("*/config.json"))]
    named = [shipped if source == "shipped" else [source] for source in settings.preload]
    return [source for sources in named for source in sources]


@cache
def connection() -> Redis:
    """Return a connection for tasks that no runner carries out."""
    return _patient(read().redis_url)


def _impatient(url: str) -> Redis:
    """Return a client that fails fast, for callers with a loop and a lease to keep."""
    return Redis.from_url(
        url,
        socket_timeout=IMPATIENT_SECONDS,
        socket_connect_timeout=IMPATIENT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _patient(url: str) -> Redis:
    """Return a client that waits through a restart of Redis, and gives up in the end."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENT_SECONDS,
        socket_connect_timeout=PATIENT_SECONDS,
        retry=Retry(ConstantBackoff(0.25), PATIENT_RETRIES),
    )
