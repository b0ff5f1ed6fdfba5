"""The servers that tests run against: a real Valkey and a database in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from arena.core.redis import CONNECTION
from arena.demo import child
from tests import postgres, prepared
from tests.environment import FOLDER, POSTGRES, SERVER

_MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}
"""Tables whose rows are made of the models, by a signal after each migration and each `flush`."""


@pytest.fixture(scope="session")
def valkey_url():
    """The address of a real Valkey, which is also the settings' REDIS_URL.

    A test that is not marked e2e finds it empty. On a busy machine it may take longer to answer
    than a visitor is let wait.
    """
    log = (FOLDER / "valkey.log").open("wb")
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *SERVER.argv], stdout=log
    )
    deadline = time.monotonic() + 120
    while not SERVER.answers():
        assert program.poll() is None, "Valkey ended at its start"
        assert time.monotonic() < deadline, "Valkey did not answer"
        time.sleep(0.02)
    with pytest.MonkeyPatch.context() as patch:
        for waits in (CONNECTION, settings.CELERY_BROKER_TRANSPORT_OPTIONS):
            patch.setitem(waits, "socket_timeout", 60.0)
        yield SERVER.url("operator")
    program.terminate()
    program.wait(timeout=120)
    log.close()


@pytest.fixture(autouse=True)
def _empty_valkey(request):
    """Servers that a whole e2e module shares keep their queues here, hence the exception."""
    if "valkey_url" in request.fixturenames and not request.node.get_closest_marker("e2e"):
        with redis.Redis.from_url(request.getfixturevalue("valkey_url")) as connection:
            connection.flushall()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """Hash passwords by one round: Django's own choice takes a tenth of a second, by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_read_once():
    """List the static files for the first client of a run: each later one would take 15 ms more."""
    find, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add(middleware):
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(scope="session", autouse=True)
def _rows_are_deleted():
    """Empty the tables by DELETE after a test that commits; Django's own choice is `flush`.

    That writes all permissions anew, and on PostgreSQL makes new files for every table: 0.1 s of a
    core for each such test on SQLite, and 0.2 s there.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _delete_rows())
        yield


def _delete_rows():
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = sorted(set(names) - _MADE_BY_MIGRATE)
    statements = [f'DELETE FROM "{name}"' for name in emptied]  # noqa: S608  # names of our tables
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One round trip; like TRUNCATE without the triggers of rows.
            statements = ["; ".join(["SET LOCAL session_replication_role = replica", *statements])]
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What a process keeps for a moment is of the test before."""
    cache.clear()
    if site := sys.modules.get("arena.config.celery"):
        site.app.set_current()  # each Celery app becomes the current one when it is made
    if answers := sys.modules.get("arena.api.answers"):  # a test of something else needs none of it
        answers.KEPT.clear()


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
    prepared.install(POSTGRES)
    with postgres.started(POSTGRES) as server:
        server.create()
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_server):
    """A database in a file, as the demo has: SQLite's in-memory one locks differently.

    On a busy machine a hundred threads may wait for it longer than a visitor is let wait.
    """
    options = settings.DATABASES["default"]["OPTIONS"]
    test = settings.DATABASES["default"].setdefault("TEST", {})
    if postgres_server is None:
        options["timeout"] = 120
        test["NAME"] = str(FOLDER / "tests.sqlite3")
        prepared.copy_file(FOLDER / "tests.sqlite3")
    else:
        test["NAME"] = f"test_{postgres.OWNER}"
        options["pool"]["timeout"] = 120.0
        prepared.create(postgres_server, test["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Take the database that is there: it goes with its folder."""
    return True


@pytest.fixture
def empty_database(transactional_db, postgres_server, tmp_path):
    """One without tables, in the place of that with all of them."""
    name, before = str(tmp_path / "empty.sqlite3"), connection.settings_dict["NAME"]
    if postgres_server is not None:
        name = f"empty_{uuid4().hex}"
        postgres_server.create(name)
    turn_to(name)
    yield
    turn_to(before)


def turn_to(name):
    """Connect to another database from now on; what was kept of the rows here is of the last."""
    from django.contrib.contenttypes.models import ContentType  # needs Django's apps

    ContentType.objects.clear_cache()
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
    connection.settings_dict["NAME"] = name
