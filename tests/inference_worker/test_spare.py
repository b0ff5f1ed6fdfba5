"""A worker out of the spare, as processes: it answers, ends with its launcher, is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from arena.bootstrap.environment import ROOT
from arena.demo import child
from tests.inference_worker.making import prepared, until
from tests.inference_worker.program import Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # a start with torch takes a minute where eight programs share a core
    pytest.mark.skipif(sys.platform != "linux", reason="Linux alone"),
]
PATIENCE = 240

CELERY = ["-A", "inference_worker.celery_app", "worker", "-Q", "inference", "--pool", "threads"]
KEPT = {"ARENA_WORKER_PRELOAD": "shipped:kestrel-xs", "ARENA_WORKER_NAME": "kept"}
"""A container with a model in its process imports torch before it forks."""


class Programs:
    """Starts programs of the worker's; each is gone at the end."""

    def __init__(self, url: str, folder: Path) -> None:
        self.socket = folder / "spare.sock"
        self.log = folder / "log"
        self._env = {
            **os.environ,
            "REDIS_URL": url,
            "ARENA_ALLOW_SCRIPTED": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *argv, **env):
        bound = [sys.executable, "-I", "-S", child.__file__, str(os.getpid())]
        with self.log.open("ab") as log:
            program = subprocess.Popen(
                [*bound, sys.executable, "-m", *argv],
                env=self._env | env,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        self._started.append(program)
        return program

    def spare(self, **env):
        program = self.start("inference_worker.spare", str(self.socket), **env)
        until(lambda: self.socket.exists() or program.poll() is not None, 240)
        assert program.poll() is None, self.log.read_text()
        return program

    def launch(self, name, **env):
        argv = ("inference_worker.launch", str(self.socket), *CELERY)
        return self.start(*argv, ARENA_WORKER_NAME=name, **env)

    def end(self, program):
        program.kill()
        program.wait()

    def end_all(self, *, but=None):
        for program in self._started:
            if program is not but:
                self.end(program)


@contextmanager
def programs(url, folder):
    made = Programs(url, folder)
    try:
        yield made
    finally:
        made.end_all()


@pytest.fixture(scope="module")
def one_spare(valkey_url, tmp_path_factory):
    with programs(valkey_url, tmp_path_factory.mktemp("spare")) as made:
        made.process = made.spare()
        yield made


@pytest.fixture
def standing(one_spare):
    """Programs with a spare, which outlives the test; its workers don't."""
    yield one_spare
    one_spare.end_all(but=one_spare.process)
    until(lambda: all(map(gone, psutil.Process(one_spare.process.pid).children())), PATIENCE)


@pytest.fixture
def fresh(valkey_url, tmp_path):
    with programs(valkey_url, tmp_path) as made:
        yield made


@pytest.fixture
def site(valkey, valkey_url):
    made = Site(valkey_url, valkey)
    yield made
    made.close()


def worker_of(process):
    """The one process that was forked."""
    until(lambda: psutil.Process(process.pid).children(), PATIENCE)
    [worker] = psutil.Process(process.pid).children()
    return worker


def gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def answers(site, name):
    site.await_worker(name)
    request = prepared(site.valkey, source="tokens=3,rate=100")
    site.submit(request)
    outcome = site.outcomes(1)[-1]
    return outcome.worker, outcome.text


def test_the_spare_has_one_thread(standing):
    # The thread that imported everything is of low priority: the system may be slow to end it.
    until(lambda: psutil.Process(standing.process.pid).num_threads() == 1, PATIENCE)


def test_nobody_else_may_ask_it(standing):
    assert standing.socket.stat().st_mode & 0o077 == 0


def test_a_worker_out_of_the_spare_has_all_and_answers(standing, site):
    launcher = standing.launch("forked")
    assert answers(site, "forked") == ("forked", "word0 word1 word2 ")
    assert "libtorch" in Path(f"/proc/{worker_of(standing.process).pid}/maps").read_text()
    assert launcher.poll() is None


def test_it_is_gone_with_its_launcher_and_the_next_takes_over(standing, site):
    for name in ("one", "two"):
        launcher = standing.launch(name)
        assert site.await_worker(name) is None
        worker = worker_of(standing.process)
        standing.end(launcher)
        until(lambda worker=worker: gone(worker), PATIENCE)


def test_a_worker_that_stands_still_is_gone_with_its_launcher_too(standing, site):
    launcher = standing.launch("still")
    site.await_worker("still")
    worker = worker_of(standing.process)
    worker.suspend()
    standing.end(launcher)
    until(lambda: gone(worker), PATIENCE)


def test_its_launcher_ends_with_it(standing, site):
    launcher = standing.launch("killed")
    site.await_worker("killed")
    worker_of(standing.process).kill()
    assert launcher.wait(PATIENCE) == 1


def test_it_is_asked_to_end_through_its_launcher(standing, site):
    launcher = standing.launch("polite")
    site.await_worker("polite")
    worker = worker_of(standing.process)
    launcher.terminate()
    assert launcher.wait(PATIENCE) == 0
    until(lambda: gone(worker), PATIENCE)


def living(programs):
    return sum(one.poll() is None for one in programs)


def test_two_at_once_are_two(standing, site):
    launchers = [standing.launch(name) for name in ("left", "right")]
    for name in ("left", "right"):
        site.await_worker(name)
    for launcher in launchers:
        standing.end(launcher)
        until(
            lambda: len(psutil.Process(standing.process.pid).children()) == living(launchers),
            PATIENCE,
        )


def test_a_worker_that_is_told_otherwise_starts_by_itself(standing, site):
    launcher = standing.launch("other", HF_HOME="/tmp/elsewhere")
    site.await_worker("other")
    assert "libtorch" not in Path(f"/proc/{launcher.pid}/maps").read_text()
    launcher.terminate()
    assert launcher.wait(PATIENCE) == 0


def test_without_a_spare_a_worker_starts_by_itself(fresh, site):
    fresh.socket.touch()
    fresh.launch("alone")
    assert answers(site, "alone")[0] == "alone"


def test_a_worker_goes_on_without_its_spare(fresh, site):
    spare = fresh.spare()
    launcher = fresh.launch("forked")
    site.await_worker("forked")
    worker = worker_of(spare)
    fresh.end(spare)
    assert answers(site, "forked")[0] == "forked"
    fresh.end(launcher)
    until(lambda: gone(worker), PATIENCE)


_ABORTS_AT_ITS_END = """
import atexit, os, sys
if "--own" in sys.orig_argv:
    keeper = os.getpid()
    atexit.register(lambda: os.abort() if os.getpid() == keeper else None)
"""


def test_a_container_keeps_one_worker_and_ends_well_when_asked(fresh, site, tmp_path):
    """Whatever a library does at its end."""
    (tmp_path / "sitecustomize.py").write_text(_ABORTS_AT_ITS_END)
    found = {**KEPT, "PYTHONPATH": str(tmp_path)}
    parent = fresh.start("inference_worker.spare", "--own", *CELERY, **found)
    site.await_worker("kept")
    first = worker_of(parent)
    first.kill()
    until(
        lambda: first.pid not in [one.pid for one in psutil.Process(parent.pid).children()],
        PATIENCE,
    )
    assert answers(site, "kept")[0] == "kept"
    second = worker_of(parent)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(PATIENCE) == 0
    assert gone(second)


def test_a_container_for_endpoints_alone_imports_no_torch(fresh, site):
    env = {"ARENA_WORKER_PRELOAD": "", "ARENA_WORKER_NAME": "remote"}
    parent = fresh.start("inference_worker.spare", "--own", *CELERY, **env)
    site.await_worker("remote")
    assert "libtorch" not in Path(f"/proc/{parent.pid}/maps").read_text()


def test_nothing_is_left_when_a_container_is_killed(fresh, site):
    parent = fresh.start("inference_worker.spare", "--own", *CELERY, **KEPT)
    site.await_worker("kept")
    worker = worker_of(parent)
    fresh.end(parent)
    until(lambda: gone(worker), PATIENCE)


def test_a_container_that_is_asked_between_two_workers_starts_no_other(fresh, site):
    parent = fresh.start("inference_worker.spare", "--own", *CELERY, **KEPT)
    site.await_worker("kept")
    worker = worker_of(parent)
    worker.kill()
    until(lambda: not worker.is_running(), PATIENCE)  # reaped; the next one is half a second away
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(PATIENCE) == 0
