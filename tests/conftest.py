"""The servers that tests run against: a real Valkey and a database in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
import redis
from django.conf import settings
from django.utils import translation

from arena.demo import child
from tests import postgres
from tests.environment import FOLDER, POSTGRES, SERVER


@pytest.fixture(scope="session")
def valkey_url():
    """The address of a real Valkey, which is also the settings' REDIS_URL.

    A test that is not marked e2e finds it empty.
    """
    log = (FOLDER / "valkey.log").open("wb")
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *SERVER.argv], stdout=log
    )
    deadline = time.monotonic() + 10
    while not SERVER.answers():
        assert program.poll() is None, "Valkey ended at its start"
        assert time.monotonic() < deadline, "Valkey did not answer"
        time.sleep(0.02)
    yield SERVER.url("operator")
    program.terminate()
    program.wait(timeout=10)
    log.close()


@pytest.fixture(autouse=True)
def _empty_valkey(request):
    """Servers that a whole e2e module shares keep their queues here, hence the exception."""
    if "valkey_url" in request.fixturenames and not request.node.get_closest_marker("e2e"):
        with redis.Redis.from_url(request.getfixturevalue("valkey_url")) as connection:
            connection.flushall()


@pytest.fixture(autouse=True)
def _no_language_left():
    """A page in German leaves its language to the thread, and so to the next test."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def postgres_server():
    """The PostgreSQL of this run, with the database that the settings name; None on SQLite."""
    if POSTGRES is None:
        yield None
        return
    with postgres.started(POSTGRES) as server:
        server.create()
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_server):
    """A database in a file, as the demo has: SQLite's in-memory one locks differently."""
    if postgres_server is None:
        test = settings.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = str(FOLDER / "tests.sqlite3")
