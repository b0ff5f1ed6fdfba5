"""From a model's source to a folder that may be loaded: where it is, what it holds and weighs.

Weights come as safetensors only, and no file of the folder may name code to run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download

from inference_worker.backends.base import BackendError
from inference_worker.settings import SHIPPED, Settings
from inference_worker.wire.messages import ModelSpec

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
HUB = re.compile(r"[\w.-]+/[\w.-]+")
COMMIT = re.compile(r"[0-9a-f]{40}")
FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]

FORBIDDEN_KEYS = frozenset({"auto_map", "custom_pipelines", "custom_generate"})
FORBIDDEN_ENDING = "_implementation_internal"
"""Keys that only a live configuration has; in a file they made transformers fetch and run code."""

HEADER_BYTES = 100_000_000
OVERHEAD = 1.2
"""Activations, cache and the processor, over the weights alone."""


def folder(spec: ModelSpec, settings: Settings) -> Path:
    """Where the files are; a Hub repository is fetched first. Raises BackendError."""
    if spec.source.startswith("shipped:"):
        return _shipped(spec.source.removeprefix("shipped:"))
    if Path(spec.source).is_absolute():
        return _allowed(Path(spec.source), settings)
    return _fetched(spec, settings)


def revision(spec: ModelSpec, settings: Settings) -> str:
    """A Hub repository's commit, else the SHA-256 of the folder's weights.

    Raises BackendError when the spec names another: a version never changes under its votes.
    """
    if _is_hub(spec.source):
        return _commit(spec)
    found = fingerprint(folder(spec, settings))
    if spec.revision not in {"", found}:
        raise BackendError("unavailable", f"the weights of {spec.source} are not those registered")
    return found


def fingerprint(folder: Path) -> str:
    """SHA-256 over the safetensors files one after the other, in the order of their names."""
    return _fingerprint(
        tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in _weights(folder))
    )


def check(folder: Path) -> None:
    """Raises BackendError for a folder that could run code, or that has no weights to load."""
    _weights(folder)
    for path in sorted(folder.glob("*.json")):
        # Vocabularies may hold any word as a key and are never read as settings.
        if path.name not in {"vocab.json", "tokenizer.json", "model.safetensors.index.json"}:
            for key in _keys(json.loads(path.read_text("utf-8"))):
                if key in FORBIDDEN_KEYS or key.endswith(FORBIDDEN_ENDING):
                    raise BackendError("unavailable", f"{path.name} names code: {key}")


def megabytes(folder: Path, *, bytes_per_number: int) -> int:
    """What the weights take once loaded, and OVERHEAD; read from the headers alone."""
    numbers = sum(_numbers(path) for path in _weights(folder))
    return 1 + int(numbers * bytes_per_number * OVERHEAD / 1e6)


def _shipped(slug: str) -> Path:
    if not SLUG.fullmatch(slug):
        raise BackendError("unavailable", f"not a slug: {slug!r}")
    return _existing(SHIPPED / slug)


def _allowed(path: Path, settings: Settings) -> Path:
    found = _existing(path).resolve()
    if not any(found.is_relative_to(root.resolve()) for root in (SHIPPED, *settings.model_dirs)):
        raise BackendError("unavailable", f"{path} is not below a folder of ARENA_MODEL_DIRS")
    return found


def _existing(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise BackendError("unavailable", f"no model in {path}")
    return path


def _is_hub(source: str) -> bool:
    return not source.startswith("shipped:") and not Path(source).is_absolute()


def _commit(spec: ModelSpec) -> str:
    if not HUB.fullmatch(spec.source):
        raise BackendError("unavailable", f"not a source: {spec.source!r}")
    if not COMMIT.fullmatch(spec.revision):
        raise BackendError("unavailable", f"{spec.source} is not pinned to a commit")
    return spec.revision


def _fetched(spec: ModelSpec, settings: Settings) -> Path:
    try:
        return Path(
            snapshot_download(
                spec.source,
                revision=_commit(spec),
                allow_patterns=FILES,
                local_files_only=not settings.hub,
            )
        )
    except (OSError, ValueError) as error:
        raise BackendError("unavailable", f"cannot fetch {spec.source}: {error}") from error


def _weights(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        raise BackendError("unavailable", f"no safetensors in {folder}")
    return found


@lru_cache(maxsize=256)
def _fingerprint(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)


def _numbers(path: Path) -> int:
    """How many numbers a safetensors file holds: its header has each tensor's shape."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > HEADER_BYTES:
            raise BackendError("unavailable", f"{path.name} has a header of {length} bytes")
        header = json.loads(file.read(length))
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
