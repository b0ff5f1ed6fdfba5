"""What the worker is told by its environment; a wrong value stops it with the variable's name."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from inference_worker.wire.endpoints import exemption
from inference_worker.wire.messages import DEFAULT_QUEUE

SHIPPED = Path(__file__).parent / "demo_models" / "checkpoints"
"""The folders of the models that come with the project, by slug."""

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

T = TypeVar("T")


class BadSetting(ValueError):
    """A variable is missing or has a value that makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The worker's whole configuration."""

    redis_url: str
    name: str = "worker"
    queues: tuple[str, ...] = (DEFAULT_QUEUE,)
    slots: int = 8
    """Requests that one in-process model answers at the same time."""
    concurrency: int = 32
    """Requests that this process holds at the same time, over all models."""
    memory_mb: int = 4096
    """What all loaded models together may take."""
    torch_threads: int = 1
    model_dirs: tuple[Path, ...] = ()
    """Folders, beside the shipped ones, below which models may be loaded."""
    hub: bool = False
    """Whether models may be fetched from the Hub."""
    preload: tuple[str, ...] = ()
    """Sources to load at start; ``shipped`` stands for all shipped models."""
    spare: str = "auto"
    """``0``: no process that has imported torch keeps a worker of its own."""
    sealing_keys: tuple[str, ...] = ()
    """Fernet keys, the newest first; the older ones still open what they sealed."""
    endpoint_allow: tuple[str, ...] = ()
    """What may be reached although it is private or plain: see ``wire.endpoints.exemption``."""
    log_json: bool = False
    """Log lines for programs instead of people."""
    log_level: str = "INFO"
    """The least that is logged; at INFO that is what was loaded and evicted, too."""
    allow_scripted: bool = False
    """Whether answers may come from a script: tests and benches only."""


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises BadSetting with the name of the first variable that is wrong."""
    return Settings(
        redis_url=_parse(environ, "REDIS_URL", _redis_url),
        name=environ.get("ARENA_WORKER_NAME") or f"{socket.gethostname()}-{os.getpid()}",
        queues=_parse(environ, "ARENA_WORKER_QUEUES", _names, DEFAULT_QUEUE),
        slots=_parse(environ, "ARENA_WORKER_SLOTS", _positive, "8"),
        concurrency=_parse(environ, "ARENA_WORKER_CONCURRENCY", _positive, "32"),
        memory_mb=_parse(environ, "ARENA_WORKER_MEMORY_MB", _positive, "4096"),
        torch_threads=_parse(environ, "ARENA_TORCH_THREADS", _positive, "1"),
        model_dirs=_parse(environ, "ARENA_MODEL_DIRS", _folders, ""),
        hub=_parse(environ, "ARENA_HUB", _switch, "0"),
        preload=_parse(environ, "ARENA_WORKER_PRELOAD", _names, ""),
        spare=_parse(environ, "ARENA_WORKER_SPARE", _spare, "auto"),
        sealing_keys=_parse(environ, "ARENA_SEALING_KEY", _names, ""),
        endpoint_allow=_parse(environ, "ARENA_ENDPOINT_ALLOW", _exemptions, ""),
        log_json=_parse(environ, "ARENA_LOG_FORMAT", _format, "line"),
        log_level=_parse(environ, "ARENA_LOG_LEVEL", _level, "INFO"),
        allow_scripted=_parse(environ, "ARENA_ALLOW_SCRIPTED", _switch, "0"),
    )


def _parse(
    environ: Mapping[str, str], name: str, parse: Callable[[str], T], default: str | None = None
) -> T:
    text = (_content(environ, name) or environ.get(name, "")).strip() or default
    if text is None:
        raise BadSetting(f"{name} is not set")
    try:
        return parse(text)
    except ValueError as error:
        raise BadSetting(f"{name}: {error}") from error


def _content(environ: Mapping[str, str], name: str) -> str:
    """What the file holds that NAME_FILE names, for secrets."""
    file = environ.get(f"{name}_FILE")
    try:
        return Path(file).read_text() if file else ""
    except OSError as error:
        raise BadSetting(f"{name}_FILE: {error}") from error


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"must be a whole number from 1 on, not {text!r}")
    return int(text)


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"must be 0 or 1, not {text!r}")
    return text == "1"


def _spare(text: str) -> str:
    if text not in {"auto", "0", "1"}:
        raise ValueError(f"must be auto, 0 or 1, not {text!r}")
    return text


def _format(text: str) -> bool:
    if text not in {"line", "json"}:
        raise ValueError(f"must be line or json, not {text!r}")
    return text == "json"


def _level(text: str) -> str:
    if text not in _LEVELS:
        raise ValueError(f"must be one of {', '.join(_LEVELS)}, not {text!r}")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _exemptions(text: str) -> tuple[str, ...]:
    for name in _names(text):
        exemption(name)
    return _names(text)


def _folders(text: str) -> tuple[Path, ...]:
    folders = tuple(Path(part) for part in text.split(os.pathsep) if part)
    for folder in folders:
        if not folder.is_absolute():
            raise ValueError(f"must hold absolute folders, not {str(folder)!r}")
    return folders
