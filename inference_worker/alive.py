"""When this machine's workers last reported, in a file beside them: for health checks.

A worker can't read what others report, not even whether its own report has arrived.
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
    """Whether a worker of this name has reported within WORKER_SECONDS."""
    try:
        return time.time() - _file(name).stat().st_mtime <= WORKER_SECONDS
    except FileNotFoundError:
        return False


def _file(name: str) -> Path:
    """One for all workers of this host that have no name of their own."""
    host = socket.gethostname()
    label = re.sub(r"[^\w.-]", "_", host if name.startswith(f"{host}-") else name)
    return Path(tempfile.gettempdir()) / f"vision-arena-worker-{os.getuid()}-{label}"
