"""The command that runs this suite, run on a suite of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from arena.bootstrap.management.commands.test import Command, SuiteRun, _status

ROOT = Path(__file__).parents[3]
FLAGS = re.DOTALL | re.MULTILINE
PYTEST = ("-m", "pytest")
WHOLE = ("manage.py", "test")
ON_SQLITE = (*WHOLE, "--database=sqlite")
OPTIONS = (
    "-p",
    "no:cacheprovider",
    "--timeout=240",  # the first test of each database waits until one with all tables is made
    "--rootdir",
    str(ROOT),
    "-c",
    str(ROOT / "pyproject.toml"),
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def run(tmp_path):
    """Runs the command, or pytest alone, on one module of tests; `env` is added.

    `WHOLE` is given no argument, as if the module were the suite.
    """

    def run(source, start=ON_SQLITE, **env):
        module = tmp_path / "test_sample.py"
        module.write_text(source)
        (tmp_path / "conftest.py").write_text("from tests.servers import *\n")
        options = [*OPTIONS, str(module)]
        if start == WHOLE:
            env["PYTEST_ADDOPTS"], options = shlex.join(options), []
        left_out = {"CI", "ARENA_TEST_DATABASE", "PYTEST_ADDOPTS"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        command = [sys.executable, *start, *options]
        return subprocess.run(
            command, cwd=ROOT, env={**kept, **env}, capture_output=True, text=True, check=False
        )

    return run


SKIPPED = "import pytest\ndef test_x(): pytest.skip('no Chromium on this machine')\n"


def test_what_was_skipped_is_said_loudly(run):
    done = run(SKIPPED, PYTEST)
    assert done.returncode == 0
    assert "NOT TESTED HERE" in done.stdout
    assert "1 skipped: no Chromium on this machine" in done.stdout


def test_in_ci_a_skip_fails(run):
    assert run(SKIPPED, PYTEST, CI="true").returncode == 1


def test_in_ci_a_skip_for_want_of_a_gpu_is_forgiven(run):
    assert run(SKIPPED.replace("def", "@pytest.mark.gpu\ndef"), PYTEST, CI="true").returncode == 0


def test_a_process_that_a_test_leaves_behind_is_ended_and_fails(run, tmp_path):
    code = (
        "import subprocess, sys\n"
        "def test_a():\n"
        "    command = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        f"    left = subprocess.Popen(command, start_new_session=True)\n"
        f"    open({str(tmp_path / 'pid')!r}, 'w').write(str(left.pid))\n"
    )
    done = run(code, PYTHONWARNINGS="ignore")
    assert done.returncode == 1
    assert "left processes running" in done.stderr
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_success_on_servers_that_are_not_the_users_own(run):
    code = (
        "from django.conf import settings\n"
        "def test_a():\n"
        "    assert 'elsewhere' not in settings.REDIS_URL + str(settings.DATABASES)\n"
    )
    env = {"REDIS_URL": "redis://elsewhere", "DATABASE_URL": "sqlite:////elsewhere"}
    done = run(code, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


MEETING = """
import os, pathlib, time
import pytest
from django.db import connection
FOLDER = pathlib.Path(os.environ["MEETING"])
def meet(me, other):
    (FOLDER / me).touch()
    until = time.monotonic() + 200
    while not (FOLDER / other).exists():
        assert time.monotonic() < until, "the other one never came"
        time.sleep(0.05)
@pytest.mark.django_db
def test_touching():
    meet("touching", "other")
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
def test_other(): meet("other", "touching")
@pytest.mark.parametrize("number", range(149))
def test_one_of_many(number): pass
"""
"""Two tests that wait for each other; SQLite knows no `version()`."""


def test_the_whole_suite_runs_side_by_side_what_touches_a_database_on_both(run, tmp_path):
    done = run(MEETING, WHOLE, MEETING=str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr
    # Other parts say how far they are whenever they are.
    told = re.sub(r"^[a-z ]+: \d+ %\n", "", done.stdout, flags=re.M)
    said = dict(
        re.findall(r"^--- tests on ([a-z ]+): (.*?)(?=^--- tests|^Failed on )", told, FLAGS)
    )
    assert said["sqlite"].startswith("1 failed in ")
    assert "OperationalError: no such function: version" in said["sqlite"]
    assert said["postgresql"].count("\n") == said["no database"].count("\n") == 1
    for part in ("browsers", "stacks", "programs", "documents"):
        assert said[part].startswith("no tests ran in ")
    *_, named, last = done.stdout.splitlines()
    assert re.fullmatch(r"Failed on sqlite: \S*::test_touching", named)
    assert last.startswith("===== 151 passed, 1 failed in ")
    counts = (
        "sqlite 0, stacks 0, browsers 0, postgresql 1, no database 150, programs 0, documents 0"
    )
    assert last.endswith(f"({counts}) =====")
    tenths = re.findall(
        r"^no database: (\d+) %$", done.stdout.partition("--- tests on no")[0], re.M
    )
    assert list(map(int, tenths)) == sorted(set(map(int, tenths)))
    assert tenths


def test_a_database_that_it_does_not_know_is_refused():
    with pytest.raises(SystemExit, match="--database=mysql: the tests run on sqlite or postgresql"):
        Command()._choice(["--database=mysql"])


@pytest.mark.parametrize(
    ("statuses", "status"),
    [([0], 0), ([0, 5], 0), ([5, 5], 5), ([0, 1], 1), ([1, 0], 1), ([2, 0, 0], 2), ([5, 3], 3)],
)
def test_a_part_may_be_without_tests_but_no_failure_is_forgotten(statuses, status):
    runs = [SuiteRun(str(number), one, Counter()) for number, one in enumerate(statuses)]
    assert _status(runs) == status
