"""Render a folder's chat template in a process of its own, which is ended where it takes too much.

One process renders for all models of a worker, one prompt after the other. It is started at the
first prompt, and again after it was ended.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import IO, Any, cast

from jinja2 import TemplateError

from inference_worker.backends.base import BackendError

PROGRAM = Path(__file__).with_name("template_program.py")
MOST_SECONDS = 5
"""Seconds of a processor for one rendering, its compilation included."""
PATIENCE = 60.0
"""Seconds on the clock for one rendering, for one that waits and takes no processor's time."""
_LIMITS = {
    "time": "The model's chat template took too long.",
    "memory": "The model's chat template took too much memory.",
    "length": "The model's chat template wrote too much.",
}


class TemplateLimitExceeded(BackendError):
    """A chat template took more time or memory, or wrote more, than a prompt needs."""

    def __init__(self, limit: str) -> None:
        super().__init__("unavailable", _LIMITS[limit], "unusable_folder")


class TemplateRenderer:
    """The process that renders, and its pipes."""

    def __init__(self, seconds: int = MOST_SECONDS) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0

    def render(self, template: str, variables: Mapping[str, Any]) -> str:
        """Return the text that a template makes of the variables.

        Raises TemplateLimitExceeded, TypeError or TemplateError.
        """
        request = json.dumps(
            {"template": template, "variables": variables},
            # Templates ask whether there is a picture, and not for it.
            default=lambda value: f"<{type(value).__name__}>",
        )
        with self._lock:
            reply = self.asked(request)
            failed = reply.get("failed")
            if failed in _LIMITS:
                self._end()
                raise TemplateLimitExceeded(failed)
        if failed == "type":
            raise TypeError(reply["said"])
        if failed:
            raise TemplateError(reply["said"])
        return reply["text"]

    def close(self) -> None:
        """End the process, if this process has started it."""
        with self._lock:
            self._end()

    def asked(self, request: str) -> dict[str, str]:
        """Return the process's reply to a line, or that the system or the clock has ended it."""
        process = self._process
        if process is None or process.poll() is not None or self._owner != os.getpid():
            self._end()
            self._owner = os.getpid()
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", "-s", str(PROGRAM), str(self.seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": ""},
            )
        writing, reading = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        timer = Timer(PATIENCE, process.kill)
        timer.daemon = True
        timer.start()
        try:
            with suppress(BrokenPipeError):
                writing.write(request + "\n")
                writing.flush()
            line = reading.readline()
        finally:
            timer.cancel()
        # It writes a line for each request: without one, the system has ended it.
        return json.loads(line) if line.endswith("\n") else {"failed": "time"}

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return  # after a fork it is another's
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                cast(IO[str], pipe).close()


renderer = TemplateRenderer()
"""The one of this process."""
atexit.register(renderer.close)
