"""The worker's process: answers, dies, is repeated, loses Redis, ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from arena.bootstrap.environment import ROOT
from arena.demo import valkey as servers
from inference_worker.wire import keys, leases, presence, samples, stream
from tests.environment import ROLES, SERVER
from tests.inference_worker.making import again, prepared, until
from tests.inference_worker.program import Site, worker
from tests.poison import POISON

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SCRIPTS = {"ARENA_ALLOW_SCRIPTED": "1"}
LONG = {
    "source": "rate=50,tokens=5000",
    "max_new_tokens": 5000,
    "max_characters": 100_000,
    "seconds": 60.0,
}


@pytest.fixture
def site(valkey, valkey_url):
    made = Site(valkey_url, valkey)
    yield made
    made.close()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker.log"


@pytest.fixture(scope="module")
def standing(valkey_url, tmp_path_factory):
    """A worker for all tests that leave it as it is."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with worker(valkey_url, "standing", log, queue="standing", **SCRIPTS) as program:
        yield program


@pytest.fixture
def running(site, valkey_url, log):
    with worker(SERVER.url("worker"), "first", log, **SCRIPTS) as program:
        site.await_worker("first")
        yield program


def begin(site, **more):
    request = prepared(site.valkey, **more)
    site.submit(request)
    return request


def test_an_outcome_comes_back_by_callback(site, standing):
    request = begin(site, source="tokens=3,rate=100", queue="standing")
    [outcome] = site.outcomes(1)
    assert (outcome.status, outcome.worker) == ("ended", "standing")
    assert outcome.text == site.said(request) == "word0 word1 word2 "


def test_a_worker_reports_the_queues_to_which_it_listens(site, valkey_url, log):
    others = {"ARENA_WORKER_QUEUES": "somewhere,else", **SCRIPTS}
    with worker(valkey_url, "named", log, queue="gpu", **others):
        site.await_worker("named")
        [report] = [one for one in presence.workers(site.valkey) if one.name == "named"]
    assert report.queues == ("gpu",)


def test_a_repeated_message_is_answered_once(site, standing):
    request = begin(site, source="tokens=20,rate=50", queue="standing")
    site.submit(request)
    outcomes = site.outcomes(2)
    assert sorted(outcome.status for outcome in outcomes) == ["ended", "lost"]
    events = stream.read(site.valkey, request.stream)
    assert [event.number for event in events] == list(range(len(events)))


def test_sample_pictures_are_drawn_when_they_are_asked_for(site, standing):
    site.order_samples(3, queue="standing")
    until(lambda: samples.waiting(site.valkey) == 3)
    assert samples.take(site.valkey, 1)[0].data.startswith(b"\x89PNG")


def test_a_worker_of_scripts_never_loads_torch(site, standing):
    begin(site, queue="standing")
    site.outcomes(1)
    assert "libtorch" not in Path(f"/proc/{standing.pid}/maps").read_text()


def test_what_a_killed_worker_left_is_answered_by_the_next_attempt(site, running, valkey_url, log):
    old = begin(site, **LONG)
    site.await_text(old)
    running.kill()
    until(lambda: not leases.observe(site.valkey, [old.fence])[0].leased)
    new = again(site.valkey, old)
    site.submit(new)
    with worker(valkey_url, "second", log, **SCRIPTS):
        site.await_text(new, events=len(stream.read(site.valkey, old.stream)) + 3)
    attempts = [event.attempt for event in stream.read(site.valkey, old.stream)]
    assert attempts == sorted(attempts)
    assert site.said(new).startswith("word0 ")


def test_what_was_only_queued_survives_the_worker(site, valkey_url, log):
    begin(site)
    with worker(valkey_url, "late", log, **SCRIPTS):
        assert site.outcomes(1)[0].worker == "late"


def test_a_worker_that_is_asked_to_end_does_not_wait_for_the_longest_answer(site, running, log):
    request = begin(site, **LONG)
    site.await_text(request)
    running.terminate()
    running.wait(timeout=120)
    assert stream.read(site.valkey, request.stream)[-1].kind == "delta"
    for secret in (request.fence, request.turn.prompt, "word1"):
        assert secret not in log.read_text()


def test_the_log_says_what_was_loaded_and_names_no_battle(site, running, log):
    request = begin(site, source="tokens=3,rate=100")
    site.submit(request)
    site.outcomes(2)
    said = log.read_text()
    assert "loaded tokens=3,rate=100" in said
    assert "a side was not claimed: " in said
    assert request.stream.split(":")[-1] not in said


def test_without_redis_url_it_says_so_and_ends():
    env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    argv = [sys.executable, "-m", "celery", "-A", "inference_worker.celery_app", "worker"]
    ended = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, timeout=200, check=False)
    assert ended.returncode != 0
    assert b"REDIS_URL is not set" in ended.stderr


@pytest.fixture
def own_redis(tmp_path):
    """A function that starts the same server (again), and a connection that rides out restarts."""
    server, programs = servers.configure(tmp_path, roles=ROLES), []

    def start():
        programs.append(subprocess.Popen(server.argv, stdout=subprocess.DEVNULL))
        until(server.answers)
        return programs[-1]

    with Redis.from_url(
        server.url("operator"), retry=Retry(ConstantBackoff(0.1), 50)
    ) as connection:
        yield server, start, connection
    for program in programs:
        program.kill()
        program.wait()


def test_a_redis_that_lost_everything_frees_the_worker_for_new_requests(own_redis, log):
    server, start, connection = own_redis
    first = start()
    site = Site(server.url("operator"), connection)
    with worker(server.url("worker"), "first", log, **SCRIPTS):
        site.await_worker("first")
        site.await_text(begin(site, **LONG))
        first.kill()
        first.wait()
        start()
        request = begin(site, source="tokens=3")
        until(lambda: site.said(request) == "word0 word1 word2 ")
    site.close()


def test_no_message_ends_it(standing, site, valkey):
    """It drops them one by one, and answers the next question."""
    site.await_worker("standing")
    before = sum(map(int, valkey.hvals(keys.REFUSED)))
    valkey.lpush("standing", *[raw for raw, _ in POISON.values()])
    request = begin(site, queue="standing")
    [outcome] = site.outcomes(1)
    assert (outcome.fence, outcome.status) == (request.fence, "ended")
    assert sum(map(int, valkey.hvals(keys.REFUSED))) - before == len(POISON)
    assert standing.poll() is None
