"""The worker's settings, read from its environment; wrong values stop it, all named at once."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from inference_worker.wire.environment import Environment
from inference_worker.wire.messages import DEFAULT_QUEUE

SHIPPED = Path(__file__).parent / "checkpoints"
"""The folders of the models that come with the project, by slug."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The worker's whole configuration."""

    redis_url: str
    name: str = "worker"
    queues: tuple[str, ...] = (DEFAULT_QUEUE,)
    slots: int = 8
    """Requests that one in-process model answers at the same time."""
    concurrency: int = 32
    """Requests that this process holds at the same time, over all models."""
    memory_mb: int = 0
    """The memory for all loaded models together; 0 means a share of the device's memory."""
    torch_threads: int = 1
    model_dirs: tuple[Path, ...] = ()
    """Folders, beside the shipped ones, below which models may be loaded."""
    hub: bool = False
    """True if models may be downloaded from the Hub."""
    preload: tuple[str, ...] = ()
    """Sources to load at start; ``shipped`` stands for all shipped models."""
    spare: str = "auto"
    """``0``: no process that has imported torch keeps a worker of its own."""
    sealing_keys: tuple[str, ...] = ()
    """Fernet keys, the newest first; the older ones still open what they sealed."""
    endpoint_allow: tuple[str, ...] = ()
    """Private or unencrypted endpoints that are allowed: see ``wire.endpoints``."""
    log_json: bool = False
    """Log lines for programs instead of people."""
    log_level: str = "INFO"
    """The least that is logged; at INFO that is what was loaded and evicted, too."""
    allow_scripted: bool = False
    """True if answers may come from a script, for tests and benchmarks only."""


def read() -> WorkerSettings:
    """Return the worker's settings. Raises BadEnvironment with a line for each variable that is
    missing or has a value that makes no sense."""
    env = Environment()
    found = WorkerSettings(
        redis_url=env.redis_url(),
        name=env.text("ARENA_WORKER_NAME", f"{socket.gethostname()}-{os.getpid()}"),
        queues=tuple(env.listing("ARENA_WORKER_QUEUES", DEFAULT_QUEUE)),
        slots=env.integer("ARENA_WORKER_SLOTS", 8, least=1),
        concurrency=env.integer("ARENA_WORKER_CONCURRENCY", 32, least=1),
        memory_mb=env.integer("ARENA_WORKER_MEMORY_MB", 0, least=0),
        torch_threads=env.integer("ARENA_TORCH_THREADS", 1, least=1),
        model_dirs=env.folders("ARENA_MODEL_DIRS"),
        hub=env.flag("ARENA_HUB", default=False),
        preload=tuple(env.listing("ARENA_WORKER_PRELOAD")),
        spare=env.one_of("ARENA_WORKER_SPARE", "auto", ("auto", "0", "1")),
        sealing_keys=tuple(env.sealing_keys()),
        endpoint_allow=tuple(env.endpoint_allow()),
        log_json=env.log_format() == "json",
        log_level=env.log_level(),
        allow_scripted=env.flag("ARENA_ALLOW_SCRIPTED", default=False),
    )
    env.check()
    return found
