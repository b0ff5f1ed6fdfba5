"""Find the folder of a model's source, identify its weights, and estimate their memory."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE
from tqdm import tqdm

from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers import contents, load_failures
from inference_worker.settings import SHIPPED, WorkerSettings
from inference_worker.wire.capacity import needed_mb
from inference_worker.wire.hub_repositories import COMMIT, FILES, HUB_ID
from inference_worker.wire.messages import ModelSpec

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")

_SHIPPED_BEFORE = ("inference_worker", "demo_models", "checkpoints")
"""The folder of the shipped models in release 0.1.0: a version that names one by its path, also by
that of another clone, still means that model. Its weights are checked like any other's."""

_fetched: set[tuple[str, str]] = set()
"""Repositories and commits that this process has found whole, so that the Hub is asked once."""


def folder(spec: ModelSpec, settings: WorkerSettings) -> Path:
    """Return the folder of the files; a Hub repository is fetched first. Raises BackendError."""
    if spec.source.startswith("shipped:"):
        return _shipped(spec.source.removeprefix("shipped:"))
    path = Path(spec.source)
    if path.is_absolute() and path.parts[-4:-1] == _SHIPPED_BEFORE:
        return _shipped(path.name)
    if path.is_absolute():
        found = _existing(path).resolve()
        roots = (SHIPPED, *settings.model_dirs)
        if not any(found.is_relative_to(root.resolve()) for root in roots):
            said = f"{path} is not below a folder of ARENA_MODEL_DIRS"
            raise BackendError("unavailable", said, "folder_not_allowed")
        return found
    with _as_backend_errors(spec, hub=settings.hub):
        whole = (spec.source, _commit(spec)) in _fetched
        return Path(_download(spec, local_files_only=whole or not settings.hub))


def revision(spec: ModelSpec, settings: WorkerSettings) -> str:
    """A Hub repository's commit, else the SHA-256 of the folder's weights.

    Raises BackendError when the spec names another: a version never changes under its votes.
    """
    if not spec.source.startswith("shipped:") and not Path(spec.source).is_absolute():
        return _commit(spec)
    found = fingerprint(folder(spec, settings))
    if spec.revision not in {"", found}:
        said = f"the weights of {spec.source} are not those registered"
        raise BackendError("unavailable", said, "weights_changed")
    return found


def fingerprint(folder: Path) -> str:
    """SHA-256 over the safetensors files one after the other, in the order of their names."""
    files = [(path, path.stat()) for path in contents.weights(folder)]
    return _fingerprint(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in files))


def megabytes(folder: Path, *, bytes_per_number: int) -> int:
    """Return what the weights take once loaded, with an overhead; only headers are read."""
    return needed_mb(contents.numbers(folder), bytes_per_number=bytes_per_number)


def fetch(spec: ModelSpec, settings: WorkerSettings, tell: Callable[[int], None]) -> None:
    """Bring a Hub repository's files here unless they are; ``tell`` takes the percent of its bytes.

    Raises BackendError; also where the disk has no room for them.
    """
    if spec.source.startswith("shipped:") or Path(spec.source).is_absolute():
        return
    name = (spec.source, _commit(spec))
    if name in _fetched:
        return
    if settings.hub:
        with _as_backend_errors(spec, hub=True):
            coming = bytes_to_fetch(spec)
            folder = next(
                one for one in (Path(HF_HUB_CACHE), *Path(HF_HUB_CACHE).parents) if one.exists()
            )
            free = shutil.disk_usage(folder).free
            if coming > free:
                said = f"{spec.source} is {coming / 1e9:.1f} GB to fetch, and {folder} has"
                said = f"{said} {free / 1e9:.1f} GB free: make room, or set HF_HOME"
                raise BackendError("unavailable", said, "disk_full")
            _download(spec, tqdm_class=_told(tell, coming))
    else:
        with _as_backend_errors(spec, hub=False):
            _download(spec, local_files_only=True)
    _fetched.add(name)


def bytes_to_fetch(spec: ModelSpec) -> int:
    """Return the bytes that a download of a Hub repository would bring. Raises BackendError."""
    with _as_backend_errors(spec, hub=True):
        # A dry run says which files are missing here, and how large they are.
        plan = _download(spec, dry_run=True, tqdm_class=_told(lambda percent: None, 0))
    return sum(one.file_size or 0 for one in plan if one.will_download)


def _shipped(slug: str) -> Path:
    if not SLUG.fullmatch(slug):
        raise BackendError("unavailable", f"not a slug: {slug!r}", "no_folder")
    return _existing(SHIPPED / slug)


def _existing(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise BackendError("unavailable", f"no model in {path}", "no_folder")
    return path


def _commit(spec: ModelSpec) -> str:
    if not HUB_ID.fullmatch(spec.source):
        raise BackendError("unavailable", f"not a source: {spec.source!r}", "no_folder")
    if not COMMIT.fullmatch(spec.revision):
        said = f"{spec.source} is not pinned to a commit"
        raise BackendError("unavailable", said, "no_commit")
    return spec.revision


@contextmanager
def _as_backend_errors(spec: ModelSpec, *, hub: bool) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        cause = load_failures.cause_of_fetch(error, hub=hub)
        said = load_failures.said_of(error)
        raise BackendError("unavailable", f"cannot fetch {spec.source}: {said}", cause) from error


def _download(spec: ModelSpec, **more: Any) -> Any:
    """Return what the Hub's library makes of a repository at its commit: a folder, or a plan.

    What lies here already is not fetched.
    """
    return snapshot_download(
        spec.source, revision=_commit(spec), allow_patterns=list(FILES), **more
    )


def _told(tell: Callable[[int], None], coming: int) -> type[tqdm]:
    """Return a bar that shows nothing and tells the percent of the bytes that have come."""

    class ToldBar(tqdm):
        """The library makes one for bytes and one for files."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._counts_bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": True})
            self._come = 0.0

        def update(self, n: float | None = 1) -> None:
            self._come += n or 0
            if self._counts_bytes and coming:
                tell(int(self._come * 100 / coming))

    return ToldBar


@lru_cache(maxsize=256)
def _fingerprint(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
