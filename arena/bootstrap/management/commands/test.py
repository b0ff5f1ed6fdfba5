"""`python3 manage.py test`: the whole suite, with pytest instead of Django's own runner."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
from django.core.management.base import BaseCommand

from arena.bootstrap import usage
from arena.bootstrap.environment import ROOT

_INTERRUPTED, _NOTHING_COLLECTED = 2, 5
_PR_SET_CHILD_SUBREAPER = 36
_PREPARED = "ARENA_TEST_PREPARED"
_STEADY = "--hypothesis-profile=ci"
"""The same examples in each run, none of which has to be over within 200 ms of a busy machine."""
_DONE = re.compile(rb"\[ *(\d+)%\]\s*$")
_PRINTING = threading.Lock()
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of this run's own is made in it
_ENOUGH_BYTES = 6 * 2**30
"""A whole run leaves about half a gigabyte there; programs of the tests need the rest."""


@dataclass(frozen=True, slots=True)
class SuitePart:
    """The share of the suite that one pytest runs; ``touching`` says which (tests/selection.py).

    One with ``deadlines`` watches programs that must act in time; the others let it go first.
    """

    name: str
    database: str = "sqlite"
    touching: str = ""
    deadlines: bool = False


WHOLE = {name: SuitePart(name, name) for name in usage.DATABASES}
"""On PostgreSQL only the tests that use a database are run, here and below."""
SHARES = (
    SuitePart("sqlite", touching="database"),
    *(SuitePart(name, touching=name, deadlines=True) for name in ("stacks", "browsers")),
    WHOLE["postgresql"],
    SuitePart("no database", touching="nothing"),
    *(SuitePart(name, touching=name) for name in ("programs", "documents")),
)
"""The parts in the order in which they begin, the longest first."""
AT_ONCE = 4
"""Parts that run side by side: those with programs wait for them half of their time, which others
use. With more of them, two cores are too slow for the programs that are killed and watched."""
_YIELDING = 5
"""The niceness of parts without deadlines: beside one with them, they get a quarter of a core."""


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """The result of one pytest: its exit status, how many tests ended how, which were faulty."""

    part: str
    status: int
    counts: Counter[str]
    cpu_seconds: float = 0.0
    faulty: tuple[str, ...] = ()


class Command(BaseCommand):
    """Whatever follows the command's name goes to pytest as it is, but for `--database=NAME`."""

    help = (
        "Run the whole test suite on SQLite, and what touches a database on PostgreSQL, too."
        " --database=sqlite or --database=postgresql runs one of them; the rest goes to pytest."
        " Without any argument the parts of the suite run side by side."
    )
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Run without Django's parser, which would refuse pytest's options."""
        sys.exit(self.handle(*argv[2:]))

    def handle(self, *args: Any, **options: Any) -> Any:
        """Return pytest's exit status, or 1 where a test left a process behind."""
        if os.uname().sysname == "Linux":
            # What a dead test left behind becomes a child of this process, and is seen.
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        began = time.monotonic()
        with _scratch(), _prepared():
            runs = self._choice(args) if args else self._side_by_side()
        children = psutil.Process().children(recursive=True)
        alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        left = [" ".join(child.cmdline())[:120] for child in alive]
        for child in alive:
            child.kill()
        psutil.wait_procs(children, timeout=5)
        if left:
            self.stderr.write(f"The tests left processes running: {'; '.join(left)}")
        total = sum((run.counts for run in runs), Counter[str]())
        shares = ", ".join(f"{run.part} {run.counts['passed']}" for run in runs)
        took = time.monotonic() - began
        for run in runs:
            for test in run.faulty:
                self.stdout.write(f"Failed on {run.part}: {test}")
        self.stdout.write(f"===== {_in_words(total)} in {took:.2f}s ({shares}) =====")
        return _status(runs) or int(bool(left))

    def _choice(self, args: Sequence[str]) -> list[SuiteRun]:
        """Run one database after the other: who debugs wants to read along, and to type."""
        names = usage.test_databases(args) or list(WHOLE)
        rest = [a for a in args if not a.startswith(usage.DATABASE_OPTION)]
        runs: list[SuiteRun] = []
        for name in names:
            self._print(f"--- tests on {name}")
            runs.append(_run(WHOLE[name], rest))
            if runs[-1].status == _INTERRUPTED:
                break
        return runs

    def _side_by_side(self) -> list[SuiteRun]:
        """Run all parts, print how far each is, and all that a part said once it has failed."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            parts = [pool.submit(self._watched, part) for part in SHARES]
            try:
                return [part.result() for part in parts]
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                return [SuiteRun("interrupted", _INTERRUPTED, Counter())]

    def _watched(self, part: SuitePart) -> SuiteRun:
        began = time.monotonic()
        with tempfile.TemporaryFile() as kept:
            told = _Progress(kept, lambda done: self._print(f"{part.name}: {done} %"))
            run = _run(part, (), told)
            kept.seek(0)
            said = kept.read().decode(errors="replace")
        took = f"{_in_words(run.counts)} in {time.monotonic() - began:.0f} s"
        took += f", {run.cpu_seconds:.0f} s of a core"
        if run.status in (0, _NOTHING_COLLECTED) and not run.counts["skipped"]:
            said = ""
        self._print(f"--- tests on {part.name}: {took}\n{said}".rstrip())
        return run

    def _print(self, text: str) -> None:
        """Write whole lines at once: several parts print here."""
        with _PRINTING:
            self.stdout.write(text)
            self.stdout.flush()


class _Progress:
    """Keeps what a pytest prints, and tells of each tenth of its tests that is done."""

    def __init__(self, kept: IO[bytes], tell: Callable[[int], None]) -> None:
        self._kept, self._tell, self._told = kept, tell, 0

    def read(self, out: IO[bytes]) -> None:
        """Read until the end; pytest ends its lines of dots by the share that is done."""
        for line in out:
            self._kept.write(line)
            found = _DONE.search(line)
            tenth = int(found[1]) // 10 * 10 if found else 0
            if self._told < tenth < 100:
                self._told = tenth
                self._tell(tenth)


def _run(part: SuitePart, arguments: Sequence[str], progress: _Progress | None = None) -> SuiteRun:
    """Run one pytest to its end; without ``progress`` it prints to the terminal itself."""
    with tempfile.NamedTemporaryFile(prefix="arena-counts-") as counts:
        env = {
            "ARENA_TEST_DATABASE": part.database,
            "ARENA_TEST_TOUCHING": part.touching,
            "ARENA_TEST_COUNTS": counts.name,
        }
        argv = [sys.executable, "-m", "pytest", _STEADY, *arguments]
        to = subprocess.PIPE if progress else None
        program = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=os.environ | env,
            stdout=to,
            stderr=subprocess.STDOUT if to else None,
        )
        if progress and program.stdout:
            if not part.deadlines:
                os.setpriority(os.PRIO_PROCESS, program.pid, _YIELDING)
            progress.read(program.stdout)
        # With what the programs of the tests used that were waited for.
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        found = json.loads(Path(counts.name).read_text() or '{"counts": {}, "faulty": []}')
    return SuiteRun(
        part.name,
        program.returncode,
        Counter(found["counts"]),
        used.ru_utime + used.ru_stime,
        tuple(found["faulty"]),
    )


@contextmanager
def _scratch() -> Iterator[None]:
    """Keep the temporary files of a run in memory, where there is room and nobody chose a place.

    Each commit, and each file of a test, otherwise waits for a disk that no test asks anything of.
    """
    if "TMPDIR" in os.environ or not _has_room(_MEMORY):
        yield
        return
    with tempfile.TemporaryDirectory(
        prefix="arena-suite-", dir=_MEMORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another account when the tests run as root
        os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            del os.environ["TMPDIR"]


@contextmanager
def _prepared() -> Iterator[None]:
    """Give all parts one folder for the databases with all tables (tests/prepared.py)."""
    if _PREPARED in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="arena-prepared-") as folder:
        Path(folder).chmod(0o711)  # for PostgreSQL's account, as above
        os.environ[_PREPARED] = folder
        try:
            yield
        finally:
            del os.environ[_PREPARED]


def _has_room(place: Path) -> bool:
    """Return whether this run may write programs and data there, with memory to spare."""
    if not os.access(place, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(place)
    free = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    return not found.f_flag & os.ST_NOEXEC and free >= _ENOUGH_BYTES


def _status(runs: list[SuiteRun]) -> int:
    """The first bad one. A choice of tests may leave one part without any, not all."""
    statuses = [run.status for run in runs]
    bad = [status for status in statuses if status not in (0, _NOTHING_COLLECTED)]
    if bad:
        return bad[0]
    return 0 if 0 in statuses else _NOTHING_COLLECTED


def _in_words(counts: Counter[str]) -> str:
    ended = ("passed", "failed", "error", "skipped")
    return ", ".join(f"{counts[word]} {word}" for word in ended if counts[word]) or "no tests ran"
