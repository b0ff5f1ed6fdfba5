"""What a container's health check ends: real processes below an init of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from arena.config import healthy

INIT = "import subprocess, sys; sys.exit(subprocess.run(['sleep', '600']).returncode)"
FAILS, SUCCEEDS, CANNOT_TELL = (["sh", "-c", f"exit {n}"] for n in (3, 0, os.EX_TEMPFAIL))


@pytest.fixture
def container():
    """An init with the program that it has started."""
    with subprocess.Popen([sys.executable, "-c", INIT]) as init:
        while not list(healthy.started_by(init.pid)):
            assert init.poll() is None
        yield init
        started = list(healthy.started_by(init.pid))
        init.kill()
        for pid in started:  # no kernel's namespace takes them along here
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def check(container, tmp_path):
    def check(command, *, seconds=0, init=container.pid):
        program = [sys.executable, healthy.__file__, str(seconds), *command]
        own = {"TMPDIR": str(tmp_path)} | ({"HEALTHY_INIT": str(init)} if init else {})
        return subprocess.run(program, env=os.environ | own, check=False).returncode

    return check


def lives(container):
    return [*healthy.started_by(container.pid)] != []


def test_a_check_s_success_is_the_program_s(check, container):
    assert check(SUCCEEDS) == 0
    assert lives(container)


def test_a_program_that_stays_unwell_is_ended_and_so_is_its_container(check, container):
    assert [check(FAILS), check(FAILS)] == [1, 1]
    assert container.wait(timeout=20) != 0


def test_the_first_failures_end_nothing(check, container):
    assert [check(FAILS, seconds=600) for _ in range(3)] == [1, 1, 1]
    assert lives(container)


@pytest.mark.parametrize("between", [SUCCEEDS, CANNOT_TELL])
def test_failures_that_are_not_in_a_row_end_nothing(check, container, between):
    assert check(FAILS) == 1
    check(between)
    assert check(FAILS) == 1
    assert lives(container)


def test_a_check_that_cannot_tell_is_no_success(check, container):
    assert [check(CANNOT_TELL) for _ in range(3)] == [1, 1, 1]
    assert lives(container)


def test_nothing_is_ended_outside_of_a_container(check, container):
    assert [check(FAILS, init=None) for _ in range(3)] == [1, 1, 1]
    assert lives(container)


def test_a_check_that_hangs_has_failed(monkeypatch):
    monkeypatch.setattr(healthy, "_LONGEST", 0.05)
    assert healthy.check_status(["sleep", "600"]) == 1
