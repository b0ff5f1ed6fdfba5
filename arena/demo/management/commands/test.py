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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from django.core.management.base import BaseCommand

from arena.demo.bootstrap import ROOT

DATABASES = ("sqlite", "postgresql")
_OPTION = "--database="
_NOTHING_COLLECTED = 5
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Run:
    """What one pytest said: its exit status, and how many tests ended how."""

    database: str
    status: int
    counts: Counter[str]


class Command(BaseCommand):
    """Whatever follows the command's name goes to pytest as it is, but for `--database=NAME`."""

    help = (
        "Run the whole test suite on SQLite, then what touches a database on PostgreSQL."
        " --database=sqlite or --database=postgresql runs one of them; the rest goes to pytest."
    )
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Bypasses Django's parser, which would refuse pytest's options."""
        sys.exit(self.handle(*argv[2:]))

    def handle(self, *args: Any, **options: Any) -> Any:
        """pytest's exit status, or 1 where a test left a process behind."""
        _adopt_orphans()
        began = time.monotonic()
        chosen = [a.removeprefix(_OPTION) for a in args if a.startswith(_OPTION)] or DATABASES
        rest = [a for a in args if not a.startswith(_OPTION)]
        runs = [self._run(database, rest) for database in chosen]
        left = _end_what_is_left()
        if left:
            self.stderr.write(f"The tests left processes running: {'; '.join(left)}")
        self.stdout.write(_closing_line(runs, time.monotonic() - began))
        return _status(runs) or int(bool(left))

    def _run(self, database: str, arguments: list[str]) -> Run:
        self.stdout.write(f"--- tests on {database}")
        self.stdout.flush()
        with tempfile.NamedTemporaryFile(prefix="arena-counts-") as counts:
            env = {"ARENA_TEST_DATABASE": database, "ARENA_TEST_COUNTS": counts.name}
            argv = [sys.executable, "-m", "pytest", *arguments]
            done = subprocess.run(argv, cwd=ROOT, env=os.environ | env, check=False)
            found = json.loads(Path(counts.name).read_text() or "{}")
        return Run(database, done.returncode, Counter(found))


def _status(runs: list[Run]) -> int:
    """The first bad one. A choice of tests may leave one database without any, not both."""
    statuses = [run.status for run in runs]
    bad = [status for status in statuses if status not in (0, _NOTHING_COLLECTED)]
    if bad:
        return bad[0]
    return 0 if 0 in statuses else _NOTHING_COLLECTED


def _closing_line(runs: list[Run], seconds: float) -> str:
    total = sum((run.counts for run in runs), Counter[str]())
    words = ", ".join(f"{count} {word}" for word, count in total.items() if count) or "no tests ran"
    shares = ", ".join(f"{run.database} {run.counts['passed']}" for run in runs)
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
