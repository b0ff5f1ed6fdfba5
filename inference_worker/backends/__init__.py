"""How tokens are made: one module per backend, found by its name."""

from __future__ import annotations

import importlib
import pkgutil
from threading import Lock
from typing import cast

from inference_worker.backends.base import Backend, BackendError
from inference_worker.settings import Settings


def names() -> list[str]:
    """All backends that are here, without importing any."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name != "base")


class Backends:
    """The backends of this process, imported at first use: remote models need no torch.

    Each has a lock of its own, so that none waits for the seconds of another one's import.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Backend] = {}
        self._locks = {name: Lock() for name in names()}

    def __getitem__(self, name: str) -> Backend:
        """Raises BackendError for a name that no module has."""
        if name not in self._locks:
            raise BackendError("unavailable", f"no backend is called {name!r}")
        with self._locks[name]:
            if name not in self._made:
                self._made[name] = self._create(name)
            return self._made[name]

    def _create(self, name: str) -> Backend:
        module = importlib.import_module(f"{__name__}.{name}")
        return cast(Backend, module.create(self._settings))
