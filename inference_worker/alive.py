"""Store in a file when the workers of this machine last reported, for health checks.

A worker cannot read the reports in Redis, not even whether its own has arrived.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
from pathlib import Path

from inference_worker.wire.presence import WORKER_SECONDS


def mark(name: str) -> None:
    """A report of this worker has just been taken. Raises OSError where no file can be written."""
    _file(name).touch(mode=0o600)


def lately(name: str) -> bool:
    """Return whether a worker of this name has reported within WORKER_SECONDS."""
    try:
        return time.time() - _file(name).stat().st_mtime <= WORKER_SECONDS
    except FileNotFoundError:
        return False


def _file(name: str) -> Path:
    """Return the file, which all workers of this host without a name of their own share."""
    host = socket.gethostname()
    label = re.sub(r"[^\w.-]", "_", host if name.startswith(f"{host}-") else name)
    return Path(tempfile.gettempdir()) / f"vision-arena-worker-{os.getuid()}-{label}"
