"""Is there room for one more battle: in the lines, in Redis, on the disk."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple

import pytest
from redis import Redis

from arena.core.errors import Unavailable
from arena.core.redis import client
from arena.gates.services import NoRoom, place, refuse_if_full, room
from inference_worker.wire import keys, presence
from inference_worker.wire.presence import WorkerReport
from tests.arena.at_once import at_once
from tests.arena.gates.counts import forget_counts
from tests.full import full

QUEUES = {"inference"}


@pytest.fixture(autouse=True)
def _room(settings, valkey_url, tmp_path, monkeypatch):
    # However long a test takes: what was found holds, and its worker lives.
    monkeypatch.setattr(room, "FULL_SECONDS", 60.0)
    monkeypatch.setattr(presence, "WORKER_SECONDS", 600)
    settings.WAITING_SECONDS, settings.ANSWER_SECONDS = 300, 100
    settings.MEDIA_ROOT, settings.DISK_FREE_BYTES = tmp_path, 1
    forget_counts()


@pytest.fixture
def valkey(valkey_url):
    with Redis.from_url(valkey_url) as connection:
        yield connection
        connection.config_set("maxmemory", "400mb")


def report(name="heron", queues=("inference",), holds=4):
    presence.report(client(), WorkerReport(name, queues, "cpu", (), 0, 0.0, holds))
    forget_counts()


def refusal(queues=QUEUES):
    """Why there is no room; empty where there is."""
    try:
        with place(queues):
            return ""
    except NoRoom as refused:
        return refused.reason


def wait(sides, queue="inference"):
    client().zadd(keys.queue(queue), {f"s:{n}": time.time() + n for n in range(sides)})


def test_there_is_room():
    report()
    assert refusal() == ""


def test_nobody_holds_a_place_afterwards():
    with place(QUEUES):
        assert client().zcard(keys.PLACES) == 1
    assert client().zcard(keys.PLACES) == 0


def test_a_failure_gives_the_place_back():
    with pytest.raises(KeyError), place(QUEUES):
        raise KeyError
    assert client().zcard(keys.PLACES) == 0


@pytest.mark.parametrize(("sides", "said"), [(10, ""), (11, "line")])
def test_no_more_wait_than_can_begin_in_time(sides, said):
    report(holds=4)  # three rounds of a hundred seconds each
    wait(sides)
    assert refusal() == said


def test_two_workers_have_room_for_twice_as_many():
    report(holds=4)
    report("egret", holds=4)
    wait(22)
    assert refusal() == ""
    wait(23)
    assert refusal() == "line"


def test_a_worker_that_does_not_say_what_it_holds_has_the_usual_room():
    report(holds=0)
    wait(3 * room.USUAL_ROOM - 2)
    assert refusal() == ""


def test_a_queue_without_a_worker_takes_no_place_from_the_others():
    report()
    wait(500, "deserted")
    assert refusal({"inference", "deserted"}) == ""


def test_while_no_worker_is_there_a_line_is_bounded_all_the_same():
    wait(3 * room.USUAL_ROOM)
    assert refusal() == "line"


def test_a_hundred_and_fifty_at_once_get_a_place_or_a_refusal():
    report(holds=4)
    started = []

    def start(number):
        try:
            with place(QUEUES):
                for side in "ab":
                    client().zadd(keys.queue("inference"), {f"{number}:{side}": time.time()})
                started.append(number)
        except NoRoom as refused:
            return refused.reason
        return ""

    answers = at_once(start, list(range(150)))
    assert set(answers) == {"", "line"}
    assert len(started) == answers.count("") <= 6
    assert client().zcard(keys.queue("inference")) == 2 * len(started)


def test_a_redis_that_is_nearly_full_refuses(valkey):
    used = valkey.info("memory")["used_memory"]
    valkey.config_set("maxmemory", int(used * 1.2))
    assert refusal() == "redis"


def test_a_redis_that_is_full_refuses(valkey):
    with full(valkey):
        assert refusal() == "redis"


def test_it_recovers_by_itself(valkey):
    with full(valkey):
        assert refusal() == "redis"
    assert refusal() == ""


def test_places_that_are_held_count_as_pictures_that_come(valkey, settings):
    settings.UPLOAD_STORED_BYTES = 10_000_000
    used = valkey.info("memory")["used_memory"]
    valkey.config_set("maxmemory", int((used + 25_000_000) / settings.REDIS_SHARE))
    report(holds=100)
    with place(QUEUES), place(QUEUES):
        assert refusal() == "redis"


def test_a_disk_that_is_nearly_full_refuses(settings):
    settings.DISK_FREE_BYTES = 1 << 60
    assert refusal() == "disk"


def test_the_disk_of_the_pictures_is_looked_at(settings, monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: usage(0 if path == tmp_path else 1 << 40)
    )
    assert refusal() == "disk"


def test_without_redis_nothing_is_accepted(monkeypatch, unused_tcp_port):
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(room, "client", lambda: away)
    with pytest.raises(Unavailable), place(QUEUES):
        raise AssertionError("accepted")


@pytest.mark.parametrize("reason", ["line", "redis", "disk", "bytes"])
def test_a_refusal_says_when_to_come_back_and_is_logged(reason, caplog):
    refused = NoRoom(reason)
    assert (refused.status, refused.code) == (503, "no_room")
    assert refused.retry_after > 0
    assert f"no room ({reason})" in caplog.text


def test_a_crowd_at_a_full_site_is_told_so_without_a_question(monkeypatch):
    report(holds=1)
    wait(9)
    assert refusal() == "line"
    monkeypatch.setattr(room, "client", None)
    with pytest.raises(NoRoom) as refused:
        refuse_if_full()
    assert refused.value.reason == "line"


def test_that_holds_for_a_moment_alone():
    report(holds=1)
    wait(9)
    refusal()
    room._found.until -= room.FULL_SECONDS
    refuse_if_full()


def test_who_has_a_place_makes_nobody_wait():
    with place(QUEUES):
        refuse_if_full()
