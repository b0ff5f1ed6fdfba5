"""The doctor's questions, with servers that are there and that are not."""

from __future__ import annotations

import json
import os
import time
import tomllib
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from redis import Redis

from arena.bootstrap.environment import ROOT
from arena.catalog.services import record_end
from arena.core import redis
from arena.ledger.models import Recount
from arena.operations import checkup, second_factor
from arena.operations.management.commands.doctor import findings_as_lines
from inference_worker.wire import presence
from tests.factories import make_card, make_models, make_version, make_worker

NOWHERE = "redis://127.0.0.1:1/0"


def test_the_version_is_that_of_the_sources():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"Vision Arena {stated}, Python 3." in checkup.version().says


def test_what_django_says_of_the_settings_is_said_in_whole_sentences(settings):
    settings.CSRF_COOKIE_SECURE = False
    assert "you have not set CSRF_COOKIE_SECURE to True" in checkup.configuration().says


@pytest.mark.django_db
def test_a_database_that_answers_is_named():
    assert checkup.database().ok
    assert connection.vendor in checkup.database().says


@pytest.fixture
def no_database(db, monkeypatch):
    def refuse(*_):
        raise checkup.DatabaseError("connection refused\nIs the server running?")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        yield


def test_a_database_that_does_not_answer_is_said_with_what_to_do(no_database):
    found = checkup.database()
    assert (found.ok, found.says) == (False, "connection refused")
    assert "DATABASE_URL" in found.todo


@pytest.mark.django_db
def test_what_is_not_migrated_is_counted_and_named():
    assert checkup.migrated().ok
    MigrationRecorder.Migration.objects.filter(app="voters").delete()
    found = checkup.migrated()
    assert found.ok is False
    assert "voters 0001" in found.says
    assert "manage.py upgrade" in found.todo


def test_a_redis_that_keeps_everything_is_well(valkey_url):
    assert checkup.store().ok


def test_a_redis_whose_memory_has_no_limit_could_be_better(valkey_url):
    with Redis.from_url(valkey_url) as client:
        client.config_set("maxmemory", 0)
        found = checkup.store()
        client.config_set("maxmemory", "400mb")
    assert found.ok is None
    assert "maxmemory" in found.todo


def test_a_redis_that_evicts_is_wrong(valkey_url):
    with Redis.from_url(valkey_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        found = checkup.store()
        client.config_set("maxmemory-policy", "noeviction")
    assert found.ok is False
    assert "allkeys-lru" in found.says


def test_a_redis_that_is_away_is_said_and_what_hangs_on_it_is_unknown(redis_at):
    redis_at(NOWHERE)
    assert checkup.store().ok is False
    assert checkup.inference().says == "unknown, for Redis is away"


@pytest.mark.django_db
def test_clocks_are_compared(valkey_url, monkeypatch):
    assert checkup.clock().ok
    monkeypatch.setattr(checkup.time, "time", lambda: 0.0)
    assert checkup.clock().ok is False


def test_a_folder_that_can_not_be_written_is_said(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert checkup.folder().ok
    settings.DATA_DIR = tmp_path / "missing"
    found = checkup.folder()
    assert found.ok is False
    assert "ARENA_DATA_DIR" in found.todo


def test_a_worker_that_reported_is_named(valkey_url):
    assert checkup.inference().ok is False
    report = presence.WorkerReport("gpu-1", ("inference",), "cuda", (), 0, time.time())
    presence.report(redis.client(), report)
    assert checkup.inference().says == "gpu-1"


def test_a_site_worker_that_does_not_answer_is_said(valkey_url, monkeypatch):
    monkeypatch.setattr(checkup, "_PING_SECONDS", 0.1)
    assert checkup.site_worker().ok is False


@pytest.fixture
def workers(valkey_url, monkeypatch):
    """Pretend that workers listen to these queues; the real ones are asked in the e2e tests."""

    def listen(**queues):
        replies = {worker: [{"name": one} for one in names] for worker, names in queues.items()}
        inspect = SimpleNamespace(active_queues=lambda: replies)
        monkeypatch.setattr(checkup.current_app.control, "inspect", lambda timeout: inspect)

    return listen


def test_a_worker_is_asked_for_each_queue(workers):
    workers(all=["arena", "outcomes", "arena-slow"], two=["arena", "outcomes"])
    assert checkup.site_worker().says == "all, two"
    assert checkup.slow_worker().says == "all"


def test_outcomes_need_somebody_who_takes_them(workers):
    workers(one=["arena"])
    assert checkup.site_worker().says == "none listens to the queue outcomes"
    assert "-Q arena,outcomes" in checkup.site_worker().todo


def test_a_queue_to_which_nobody_listens_is_said_with_what_to_do(workers):
    workers(one=["arena"])
    found = checkup.slow_worker()
    assert (found.ok, found.says) == (False, "none listens to the queue arena-slow")
    assert "-Q arena-slow" in found.todo


@pytest.mark.django_db
def test_a_model_that_is_not_drawn_is_named_with_the_reason(valkey_url):
    first, *_ = make_models("first", "second")
    make_version(make_card("heavy", queue="gpu"))
    make_worker()
    for _ in range(3):
        record_end(version=first, code="unavailable")
    found = checkup.models()
    assert found.ok is False
    assert found.says.startswith("1 of 3 active models can answer; First: out of the draw since ")
    assert "3 failures in a row (unavailable)" in found.says
    assert found.says.endswith("Heavy: no worker listens to the queue gpu")


@pytest.mark.django_db
def test_two_models_make_an_arena(valkey_url):
    make_worker()
    make_version()
    assert checkup.models().ok is False
    make_version()
    assert checkup.models().ok


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("findings", "ok"), [(None, None), ([], True), (["Entry 3 is missing."], False)]
)
def test_what_the_last_recount_found_is_said(findings, ok):
    if findings is not None:
        Recount.objects.create(ledger_number=7, findings=findings)
    found = checkup.ledger()
    assert found.ok is ok
    assert all(finding in found.says for finding in findings or [])


def test_a_site_without_tls_is_a_note_and_no_fault():
    found = checkup.configuration()
    assert found.ok is None
    assert "security.W" in found.says


def test_the_exit_status_speaks_for_programs(redis_at, capsys):
    redis_at(NOWHERE)
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--only", "redis", "--json")
    assert ended.value.code == 1
    [found] = json.loads(capsys.readouterr().out)
    assert (found["name"], found["ok"]) == ("redis", False)


def test_people_read_what_to_do_next(redis_at, capsys):
    redis_at(NOWHERE)
    with pytest.raises(SystemExit):
        call_command("doctor", "--only", "redis")
    said = capsys.readouterr().out
    assert "WRONG  redis" in said
    assert "REDIS_URL" in said


def test_the_names_of_all_questions_fill_one_column():
    found = [checkup.CheckResult(name, True, "| says", "| does") for name in checkup.CHECKS]
    lines = findings_as_lines(found).splitlines()
    assert {line.index("|") for line in lines} == {lines[0].index("|")}


@pytest.mark.django_db
def test_an_account_that_a_password_alone_opens_is_named():
    User.objects.create(username="reader")
    User.objects.create(username="gone", is_staff=True, is_active=False)
    assert checkup.second_factors().ok
    owner = User.objects.create(username="owner", is_staff=True)
    found = checkup.second_factors()
    assert (found.ok, found.says) == (None, "a password is enough for owner")
    assert "manage.py second_factor" in found.todo
    second_factor.turn_on(owner)
    assert checkup.second_factors().ok


@pytest.mark.parametrize("only", ["site-worker", "slow-worker"])
def test_what_a_store_hides_has_a_status_of_its_own(valkey_url, only):
    with Redis.from_url(valkey_url) as client:
        before = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        with pytest.raises(SystemExit) as ended:
            call_command("doctor", only=[only])
        client.config_set("maxmemory", before)
    assert ended.value.code == os.EX_TEMPFAIL


def test_a_redis_that_is_away_hides_the_inference_worker(redis_at):
    redis_at(NOWHERE)
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", only=["inference"])
    assert ended.value.code == os.EX_TEMPFAIL


@pytest.mark.parametrize("only", ["migrated", "models", "names", "ledger"])
def test_a_database_that_is_away_hides_what_is_in_it(no_database, only):
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", only=[only])
    assert ended.value.code == os.EX_TEMPFAIL


def test_a_worker_that_does_not_listen_is_wrong_however_well_the_stores_are(valkey_url):
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", only=["slow-worker"])
    assert ended.value.code == 1
