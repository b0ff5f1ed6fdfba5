"""What the demo's programs are told."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from arena.demo import programs
from arena.demo.state import open_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "ARENA_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return open_folder(tmp_path)


def test_the_state_stays_in_the_folder(folder):
    env = programs.environment(folder, "redis://127.0.0.1:1/0")
    assert env["DATABASE_URL"] == f"sqlite:///{folder.path}/arena.sqlite3"
    assert env["ARENA_DATA_DIR"] == str(folder.path)
    assert env["ARENA_MODEL_DIRS"] == str(folder.models)


def test_the_users_own_database_is_used(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    env = programs.environment(folder, "redis://127.0.0.1:1/0")
    assert env["DATABASE_URL"] == "postgres://somewhere/else"


def test_site_and_worker_share_a_sealing_key_that_lasts(folder):
    keys = {programs.environment(folder, "redis://x")["ARENA_SEALING_KEY"] for _ in range(2)}
    [key] = keys
    Fernet(key)


def test_models_that_an_operator_adds_may_come_from_the_hub(folder):
    assert programs.environment(folder, "redis://x")["ARENA_HUB"] == "1"


def test_the_inference_worker_gets_no_credentials_of_the_site(folder, monkeypatch):
    monkeypatch.setenv("ARENA_SECRET_KEY", "of the site")
    monkeypatch.setenv("ARENA_METRICS_TOKEN", "of the site's reader")
    env = programs.environment(folder, "redis://x")
    told = {program.name: program.env for program in programs.programs(env, 8000)}
    own = {"DATABASE_URL", "ARENA_SECRET_KEY", "ARENA_METRICS_TOKEN"}
    assert own <= told["web"].keys()
    assert not own & told["inference"].keys()


def test_the_first_page_comes_before_the_models(folder):
    env = programs.environment(folder, "redis://x")
    assert [one.name for one in programs.programs(env, 8000)] == [
        *("web", "inference", "site-worker", "beat")
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="there is a spare on Linux alone")
@pytest.mark.parametrize(
    ("setting", "preload", "megabytes", "wanted"),
    [
        ("auto", "shipped", 8000, True),
        ("auto", "shipped", 500, False),
        ("auto", "", 8000, False),
        ("1", "", 500, True),
        ("0", "shipped", 8000, False),
    ],
)
def test_a_spare_stands_where_it_is_of_use_and_there_is_room(
    folder, monkeypatch, setting, preload, megabytes, wanted
):
    monkeypatch.setattr(programs, "_available_mb", lambda: megabytes)
    told = {"ARENA_WORKER_SPARE": setting, "ARENA_WORKER_PRELOAD": preload}
    spare = programs.spare(programs.environment(folder, "redis://x") | told)
    assert (spare is not None) == wanted
    if spare:
        assert not {"DATABASE_URL", "ARENA_SECRET_KEY"} & spare.env.keys()


def test_launcher_and_spare_agree_on_their_socket(folder):
    env = programs.environment(folder, "redis://x") | {"ARENA_WORKER_SPARE": "1"}
    started = {one.name: one.argv for one in programs.programs(env, 8000)}
    assert str(programs.spare_socket(env)) in started["inference"]
    assert programs.spare_socket(env).parent == folder.path


def test_the_memory_of_this_machine_is_known():
    assert (programs._available_mb() > 0) == Path("/proc/meminfo").exists()


@pytest.mark.parametrize("name", ["arena.config.asgi", "arena.config.celery"])
def test_what_is_started_by_name_is_there(folder, name, monkeypatch):
    commands = programs.programs(programs.environment(folder, "redis://x"), 8000)
    assert any(name in word for one in commands for word in one.argv)
    importlib.import_module(name)


def test_the_operators_first_password_is_hard_to_guess_and_stays(folder):
    password = programs.operator_password(folder)
    assert len(password) >= 12
    assert programs.operator_password(folder) == password


def answer_once(server):
    with server.accept()[0] as connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK")


def test_the_site_is_ready_when_it_answers_and_not_before():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked = threading.Thread(target=answer_once, args=(server,))
        asked.start()
        assert programs._serves(port)
        asked.join()
    assert not programs._serves(port)
