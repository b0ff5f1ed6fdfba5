"""`python3 manage.py test`: the whole suite, with pytest instead of Django's own runner."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
from django.core.management.base import BaseCommand

from arena.demo import usage
from arena.demo.bootstrap import ROOT

_INTERRUPTED, _NOTHING_COLLECTED = 2, 5
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Part:
    """What one pytest runs; ``touching`` narrows it to tests of the database, or to the others."""

    name: str
    database: str = "sqlite"
    touching: str = ""


WHOLE = {name: Part(name, name) for name in usage.DATABASES}
"""On PostgreSQL only what touches a database is run, here as below."""
SEEN = (Part("sqlite", touching="database"), WHOLE["postgresql"])
ASIDE = (Part("no database", touching="nothing"),)
"""What runs side by side, each about as long as the other; the first prints as it goes."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one pytest said: its exit status, and how many tests ended how."""

    part: str
    status: int
    counts: Counter[str]


class Command(BaseCommand):
    """Whatever follows the command's name goes to pytest as it is, but for `--database=NAME`."""

    help = (
        "Run the whole test suite on SQLite, then what touches a database on PostgreSQL."
        " --database=sqlite or --database=postgresql runs one of them; the rest goes to pytest."
        " Without any argument, what touches no database runs beside the rest."
    )
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Bypasses Django's parser, which would refuse pytest's options."""
        sys.exit(self.handle(*argv[2:]))

    def handle(self, *args: Any, **options: Any) -> Any:
        """pytest's exit status, or 1 where a test left a process behind."""
        _adopt_orphans()
        began = time.monotonic()
        runs = self._choice(args) if args else self._side_by_side()
        left = _end_what_is_left()
        if left:
            self.stderr.write(f"The tests left processes running: {'; '.join(left)}")
        self.stdout.write(_closing_line(runs, time.monotonic() - began))
        return _status(runs) or int(bool(left))

    def _choice(self, args: Sequence[str]) -> list[Run]:
        """One after the other: who debugs wants to read along, and to type."""
        names = usage.test_databases(args) or list(WHOLE)
        rest = [a for a in args if not a.startswith(usage.DATABASE_OPTION)]
        return _run_all([WHOLE[name] for name in names], rest)

    def _side_by_side(self) -> list[Run]:
        """Most tests leave a core idle. What was printed aside is shown at the end."""
        with ThreadPoolExecutor() as pool, tempfile.TemporaryFile() as kept:
            beside = pool.submit(_run_all, ASIDE, (), kept)
            runs = _run_all(SEEN) + beside.result()
            kept.seek(0)
            self.stdout.write(kept.read().decode(errors="replace"))
        return runs


def _run_all(
    parts: Sequence[Part], arguments: Sequence[str] = (), to: IO[bytes] | None = None
) -> list[Run]:
    """One after the other, until somebody interrupts; printed to the terminal or to a file."""
    runs: list[Run] = []
    for part in parts:
        runs.append(_run(part, arguments, to))
        if runs[-1].status == _INTERRUPTED:
            break
    return runs


def _run(part: Part, arguments: Sequence[str], to: IO[bytes] | None) -> Run:
    out = to or sys.stdout.buffer
    out.write(f"--- tests on {part.name}\n".encode())
    out.flush()
    with tempfile.NamedTemporaryFile(prefix="arena-counts-") as counts:
        env = {
            "ARENA_TEST_DATABASE": part.database,
            "ARENA_TEST_TOUCHING": part.touching,
            "ARENA_TEST_COUNTS": counts.name,
        }
        argv = [sys.executable, "-m", "pytest", *arguments]
        done = subprocess.run(
            argv, cwd=ROOT, env=os.environ | env, stdout=to, stderr=to, check=False
        )
        found = json.loads(Path(counts.name).read_text() or "{}")
    return Run(part.name, done.returncode, Counter(found))


def _status(runs: list[Run]) -> int:
    """The first bad one. A choice of tests may leave one part without any, not all."""
    statuses = [run.status for run in runs]
    bad = [status for status in statuses if status not in (0, _NOTHING_COLLECTED)]
    if bad:
        return bad[0]
    return 0 if 0 in statuses else _NOTHING_COLLECTED


def _closing_line(runs: list[Run], seconds: float) -> str:
    total = sum((run.counts for run in runs), Counter[str]())
    ended = ("passed", "failed", "error", "skipped")
    words = ", ".join(f"{total[word]} {word}" for word in ended if total[word]) or "no tests ran"
    shares = ", ".join(f"{run.part} {run.counts['passed']}" for run in runs)
    return f"===== {words} in {seconds:.2f}s ({shares}) ====="


def _adopt_orphans() -> None:
    """On Linux what a dead test left behind becomes a child of this process, and is seen."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _end_what_is_left() -> list[str]:
    children = psutil.Process().children(recursive=True)
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    names = [" ".join(child.cmdline())[:120] for child in alive]
    for child in alive:
        child.kill()
    psutil.wait_procs(children, timeout=5)
    return names
