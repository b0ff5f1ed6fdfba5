"""The command that runs this suite, run on a suite of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def run(tmp_path):
    """Runs the command, or pytest alone, on one module of tests; `env` is added."""

    def run(source, start=("manage.py", "test", "--database=sqlite"), **env):
        module = tmp_path / "test_sample.py"
        module.write_text(source)
        (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
        options = [
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(ROOT),
            "-c",
            str(ROOT / "pyproject.toml"),
        ]
        command = [sys.executable, *start, *options, str(module)]
        left_out = {"CI", "ARENA_TEST_DATABASE"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        return subprocess.run(
            command, cwd=ROOT, env={**kept, **env}, capture_output=True, text=True, check=False
        )

    return run


PYTEST = ("-m", "pytest")
BOTH = ("manage.py", "test")
TOUCHING = (
    "import pytest\n"
    "from django.db import connection\n"
    "@pytest.mark.django_db\n"
    "def test_a():\n"
    "    with connection.cursor() as cursor:\n"
    "        cursor.execute('SELECT version()')\n"
    "def test_b(): pass\n"
)
"""SQLite has no such function."""
SKIPPED = "import pytest\ndef test_x(): pytest.skip('no Chromium on this machine')\n"


def test_a_failure_fails(run):
    assert run("def test_a(): assert False\n").returncode == 1


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


def test_what_touches_a_database_runs_on_both_and_one_failure_fails(run):
    done = run(TOUCHING, BOTH)
    assert done.returncode == 1
    assert "OperationalError: no such function: version" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("===== 2 passed, 1 failed in ")
    assert last.endswith("(sqlite 1, postgresql 1) =====")


def test_a_choice_that_leaves_nothing_on_postgresql_is_fine_and_on_both_is_not(run):
    assert run("def test_b(): pass\n", BOTH).returncode == 0
    assert run("x = 1\n", BOTH).returncode == 5
