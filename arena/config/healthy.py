#!/usr/bin/env python
"""`healthy SECONDS COMMAND...`: a container's health check that ends what stays unwell.

Docker calls a container unhealthy and leaves it at that. This runs the check; once the check has
failed for more than so many seconds without a success between, it kills what the container's init
has started, so that the restart policy begins anew. One that ends with status 75 could not tell,
since a store is away or full: nobody is ended for that, and the span begins anew.

Both images hold it as /usr/local/bin/healthy and name their init in HEALTHY_INIT; without that
variable nothing is ever killed. Standard library alone: it runs every few seconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 15.0
"""A check's seconds. Docker's own limit has to lie above, or a check that hangs would not count."""


def main(words: list[str]) -> int:
    """Return 0 where the check succeeds, else 1."""
    seconds, command = float(words[0]), words[1:]
    status = check_status(command)
    since = Path(tempfile.gettempdir()) / "unwell-since"
    if status in (0, os.EX_TEMPFAIL):
        since.unlink(missing_ok=True)
        return int(status != 0)
    init = os.environ.get("HEALTHY_INIT")
    if init and span_of_failure(since) > seconds:
        sys.stderr.write(f"unwell for more than {seconds:.0f} s: {' '.join(command)}\n")
        for started in started_by(int(init)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(started, signal.SIGKILL)
    return 1


def check_status(command: list[str]) -> int:
    try:
        return subprocess.run(command, timeout=_LONGEST, check=False).returncode
    except subprocess.TimeoutExpired:
        return 1


def span_of_failure(since: Path) -> float:
    """Return the seconds since the first failure in a row, by a clock that nobody sets."""
    now = time.monotonic()
    try:
        return now - float(since.read_text())
    except (OSError, ValueError):
        since.write_text(str(now))
        return 0.0


def started_by(init: int) -> Iterator[int]:
    """The processes whose parent is the init; this one came from outside."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of a program, in brackets, may hold anything.
            _, parent = entry.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == init and int(entry.parent.name) != os.getpid():
                yield int(entry.parent.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
