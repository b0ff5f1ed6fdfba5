"""Programs are kept running, and nothing outlives the supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import psutil
import pytest

from arena.demo.programs import Program
from arena.demo.reloading import restart_at_changes
from arena.demo.state import CannotStart, open_folder
from arena.demo.supervisor import Supervisor
from tests.arena.demo.waiting import until

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


def program(code, name="sleeper", **more):
    return Program(name, name.title(), (sys.executable, "-c", code), dict(os.environ), **more)


@pytest.fixture
def said():
    return []


@pytest.fixture
def children():
    """The processes that this test's supervisor has started: the session has servers of its own."""
    before = set(psutil.Process().children())

    def started():
        own = [process for process in psutil.Process().children() if process not in before]
        return own + [below for process in own for below in process.children(recursive=True)]

    return started


@pytest.fixture
async def supervisor(tmp_path, said):
    running = Supervisor(open_folder(tmp_path), said.append)
    yield running
    await running.stop()


def lives(process):
    """A zombie is dead: its new parent has not looked yet."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def awhile(condition):
    await asyncio.to_thread(until, condition)


def log(folder, name="sleeper"):
    return (folder / "logs" / f"{name}.log").read_text()


async def test_a_program_that_is_killed_starts_again_and_it_is_said(
    supervisor, tmp_path, said, children
):
    await supervisor.start(program(SLEEPER))
    await awhile(lambda: log(tmp_path) == "up\n")
    [first] = children()
    first.kill()
    await awhile(lambda: log(tmp_path) == "up\nup\n")
    assert "Sleeper ended (SIGKILL) and starts again" in said[0]


async def test_stop_ends_what_ignores_a_polite_request(supervisor, tmp_path, children):
    await supervisor.start(program(STUBBORN))
    await awhile(lambda: log(tmp_path) == "up\n")
    await supervisor.stop()
    assert children() == []


async def test_stop_ends_what_a_program_started(supervisor, tmp_path, children):
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]);"
    await supervisor.start(program(code + STUBBORN))
    await awhile(lambda: log(tmp_path) == "up\nup\n")
    left = children()
    await supervisor.stop()
    await awhile(lambda: not any(lives(one) for one in left))


async def test_the_store_outlives_the_others(supervisor, tmp_path, monkeypatch):
    for patience in ("_POLITE_SECONDS", "_STORE_SECONDS"):  # each has the time to write its name
        monkeypatch.setattr(f"arena.demo.supervisor.{patience}", 60.0)
    note = tmp_path / "order"
    code = (
        "import signal, sys;"
        f"signal.signal(15, lambda *_: (open({str(note)!r}, 'a').write(NAME), sys.exit()));"
        + SLEEPER
    )
    for name, outlives in (("store", True), ("other", False)):
        await supervisor.start(program(f"NAME = {name!r};{code}", name, outlives=outlives))
    await awhile(lambda: log(tmp_path, "store") == log(tmp_path, "other") == "up\n")
    await supervisor.stop()
    assert note.read_text() == "otherstore"


async def test_a_program_that_never_gets_ready_is_reported_with_its_last_words(supervisor):
    broken = program("raise SystemExit('no such table')", is_ready=lambda: False)
    with pytest.raises(CannotStart, match="Sleeper does not start: no such table"):
        await supervisor.start(broken)


async def test_a_step_that_fails_is_reported_with_its_last_words(supervisor):
    with pytest.raises(CannotStart, match="no space"):
        await supervisor.finish(program("raise SystemExit('no space')"))


async def test_a_program_that_keeps_dying_is_started_ever_more_slowly(supervisor, said):
    pauses = []
    sleep = asyncio.sleep

    async def noted(seconds):
        pauses.append(seconds)
        await sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arena.demo.supervisor.asyncio.sleep", noted)
        await supervisor.start(program("raise SystemExit(3)"))
        while len(said) < 7:
            await sleep(0.01)
    assert pauses[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


PARENT = """
import asyncio, os, sys
from pathlib import Path
from arena.demo.programs import Program
from arena.demo.reloading import restart_at_changes
from arena.demo.state import open_folder
from arena.demo.supervisor import Supervisor

async def main():
    supervisor = Supervisor(open_folder(Path(sys.argv[1])), print)
    for name in "abc":
        await supervisor.start(
            Program(name, name, (sys.executable, "-c", sys.argv[2]), dict(os.environ)))
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_a_killed_supervisor_leaves_no_program(tmp_path):
    root = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), STUBBORN], cwd=root)
    until(lambda: len(started(tmp_path)) == 3)
    left = psutil.Process(parent.pid).children(recursive=True)
    assert len(left) == 3
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in left))


def started(folder):
    return [file for file in (folder / "logs").glob("*.log") if file.read_text() == "up\n"]


async def test_what_reloads_starts_again_at_once_and_the_others_stay(supervisor, children, said):
    await supervisor.start(program(SLEEPER, reloads=True))
    await supervisor.start(program(SLEEPER, "other"))
    before = {process.pid for process in children()}
    await supervisor.restart()
    await awhile(lambda: len({process.pid for process in children() if lives(process)}) == 2)
    after = {process.pid for process in children() if lives(process)}
    assert (len(before & after), len(after - before), said) == (1, 1, [])


async def test_a_program_that_does_not_end_when_it_reloads_is_ended(supervisor, children, said):
    await supervisor.start(program(STUBBORN, reloads=True))
    [before] = {process.pid for process in children()}
    await supervisor.restart()
    await awhile(lambda: {process.pid for process in children() if lives(process)} - {before})
    assert said == []


async def test_a_changed_source_starts_the_site_again(supervisor, children, said, tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    await supervisor.start(program(SLEEPER, reloads=True))
    [before] = {process.pid for process in children()}
    watching = asyncio.create_task(restart_at_changes(supervisor, said.append, [sources]))
    numbers = count()

    def changed():
        """Written until it is seen: nothing says when the watch has begun."""
        (sources / "views.py").write_text(f"x = {next(numbers)}")
        (sources / "notes.txt").write_text("no source")
        return said

    await awhile(changed)
    await awhile(lambda: {process.pid for process in children() if lives(process)} - {before})
    watching.cancel()
    assert said[0] == "Changed: views.py. The site starts again."
