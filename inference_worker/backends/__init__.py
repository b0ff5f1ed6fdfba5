"""Backends, which generate tokens: one module each, found by its name."""

from __future__ import annotations

import importlib
from threading import Lock
from typing import cast

from inference_worker.backends.base import Backend, BackendError
from inference_worker.settings import WorkerSettings
from inference_worker.wire import manifests


class BackendRegistry:
    """The backends of this process, imported at first use: remote models need no torch.

    Each has a lock of its own, so that none waits for the seconds of another one's import.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._made: dict[str, Backend] = {}
        self._locks = {name: Lock() for name in manifests.names()}

    def __getitem__(self, name: str) -> Backend:
        """Raises BackendError for a name that no module has."""
        if name not in self._locks:
            raise BackendError("unavailable", f"no backend is called {name!r}", "no_backend")
        with self._locks[name]:
            if name not in self._made:
                self._made[name] = self._create(name)
            return self._made[name]

    def _create(self, name: str) -> Backend:
        module = importlib.import_module(f"{__name__}.{name}")
        return cast(Backend, module.create(self._settings))
