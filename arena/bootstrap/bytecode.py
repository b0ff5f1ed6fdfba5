"""Keeps what Python compiles, whatever the environment says.

torch and transformers take three times the processor to import where PYTHONDONTWRITEBYTECODE is
set, as in most containers, or where nothing can be written beside them: each process compiles them
anew. Standard library only: it runs before anything is known to be installed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

_REFUSAL, _PREFIX = "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"
_SIGNS = ("torch", "transformers", "celery", "django", "arena.demo.launch")
"""If these are compiled, everything has been compiled before, as in the build of an image."""


def keep(folder: Path, *, own: bool) -> None:
    """Let this process and all that it starts compile each module once.

    The results lie beside the sources; in `folder` where these can't be written, or where the
    environment is not the project's `own` and is not to be written to. A place that the user has
    chosen by PYTHONPYCACHEPREFIX stays.
    """
    refused = bool(os.environ.get(_REFUSAL))
    if _PREFIX not in os.environ and not (own and _is_writable()):
        found = [importlib.util.find_spec(module) for module in _SIGNS]
        if all(spec and spec.cached and Path(spec.cached).exists() for spec in found):
            return
        if own or refused or not _is_writable():
            os.environ[_PREFIX] = sys.pycache_prefix = str(folder)
    os.environ.pop(_REFUSAL, None)
    sys.dont_write_bytecode = False


def _is_writable() -> bool:
    """Return whether compiled files can lie beside the libraries and the project's sources."""
    packages = next((path for path in sys.path if Path(path).name == "site-packages"), sys.prefix)
    return all(os.access(path, os.W_OK) for path in (packages, Path(__file__).parent))
