"""Starts a worker: out of the spare where one stands ready, else by itself.

    python -m inference_worker.launch SOCKET -A inference_worker.celery_app worker ...

What follows the socket goes to Celery. This process stays for as long as the worker lives: the
worker ends with it, and it ends with the worker, so that whoever starts it sees one program.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

READY = "ready"
_PATIENCE_SECONDS = 2.0


def main(path: Path, arguments: list[str]) -> int:
    """Return an exit status, 0 after a worker that was asked to end; or become the worker."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_PATIENCE_SECONDS)
            line.connect(str(path))
            socket.send_fds(line, [b"\0"], [1, 2])
            told = {"arguments": arguments, "environ": dict(os.environ), "folder": str(Path.cwd())}
            line.sendall(json.dumps(told).encode() + b"\n")
            word, pid = line.makefile().readline().split()
            if word != READY:
                raise ValueError(word)
            line.settimeout(None)
            worker = int(pid)
            asked: list[int] = []

            def pass_on(number: int, _: FrameType | None) -> None:
                asked.append(number)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, number)

            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, pass_on)
            with contextlib.suppress(ConnectionError):
                line.recv(1)
            return 0 if asked else 1
    except (OSError, ValueError):  # no spare stands ready
        os.execv(sys.executable, [sys.executable, "-m", "celery", *arguments])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
