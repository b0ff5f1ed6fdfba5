"""From a model's source to its folder: where it is, which weights these are, what they take."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from huggingface_hub import snapshot_download

from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers import contents
from inference_worker.settings import SHIPPED, Settings
from inference_worker.wire.messages import ModelSpec

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
HUB = re.compile(r"[\w.-]+/[\w.-]+")
COMMIT = re.compile(r"[0-9a-f]{40}")
FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]

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
    files = [(path, path.stat()) for path in contents.weights(folder)]
    return _fingerprint(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in files))


def megabytes(folder: Path, *, bytes_per_number: int) -> int:
    """What the weights take once loaded, and OVERHEAD; read from the headers alone."""
    return 1 + int(contents.numbers(folder) * bytes_per_number * OVERHEAD / 1e6)


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


@lru_cache(maxsize=256)
def _fingerprint(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
