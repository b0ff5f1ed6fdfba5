"""What Redis is asked, and what workers say of themselves there."""

from __future__ import annotations

import pytest
from redis.exceptions import RedisError

from arena.core.redis import client
from arena.metrics import traffic
from arena.orchestration import dispatch
from inference_worker.wire import keys, presence
from inference_worker.wire.presence import WorkerReport
from tests.arena.metrics.reading import value
from tests.redis_client import forget_client


@pytest.fixture(autouse=True)
def _redis(valkey_url):
    forget_client()


def report(name, *queues, running=0, loaded=()):
    presence.report(client(), WorkerReport(name, queues, "cpu", loaded, running, 5.0))


def test_without_a_worker_the_usual_queue_has_none():
    found = traffic.series()
    assert value(found, "arena_inference_workers", queue="inference") == 0
    assert value(found, "arena_reaper_age_seconds") is None


def test_workers_are_counted_by_queue_and_say_what_they_do():
    report("one", "inference", "gpu", running=3, loaded=("/models/a", "/models/b"))
    report("two", "gpu")
    found = traffic.series()
    assert value(found, "arena_inference_workers", queue="gpu") == 2
    assert value(found, "arena_inference_workers", queue="inference") == 1
    assert value(found, "arena_inference_answers_running", worker="one") == 3
    assert value(found, "arena_inference_models_loaded", worker="one") == 2
    assert value(found, "arena_inference_start_time_seconds", worker="two") == 5


def test_no_label_holds_the_path_of_a_model():
    report("one", "inference", loaded=("/models/secret",))
    labels = [s.labels.values() for family in traffic.series() for s in family.samples]
    assert "secret" not in str(labels)


def test_queues_have_lengths():
    report("one", "gpu")
    client().rpush("arena", "callback")
    client().rpush("gpu", "first", "second")
    client().zadd(keys.queue("gpu"), {"battle:a": 1.0})
    found = traffic.series()
    assert value(found, "arena_queue_messages", queue="arena") == 1
    assert value(found, "arena_queue_messages", queue="gpu") == 2
    assert value(found, "arena_queue_messages", queue="inference") == 0
    assert value(found, "arena_queue_sides_waiting", queue="gpu") == 1


def test_dropped_messages_are_counted_by_reason():
    client().hset(keys.REFUSED, mapping={"json": 3, "a word of somebody else's": 1})
    found = traffic.series()
    assert value(found, "arena_messages_dropped_total", reason="json") == 3
    assert value(found, "arena_messages_dropped_total", reason="size") == 0
    assert "somebody" not in str(found)


def test_answers_are_counted_by_model_and_outcome():
    for outcome in ("ended", "ended", "timeout"):
        dispatch.count_end("quiet-heron", outcome)
    found = traffic.series()
    assert value(found, "arena_answers_total", model="quiet-heron", outcome="ended") == 2
    assert value(found, "arena_answers_total", model="quiet-heron", outcome="timeout") == 1


def test_the_reaper_s_last_look_has_an_age():
    dispatch.say_reaped()
    client().expire(dispatch.REAPED, dispatch.REAPED_SECONDS - 60)
    assert value(traffic.series(), "arena_reaper_age_seconds") == pytest.approx(60, abs=5)


def test_memory_is_told_with_its_limit():
    found = traffic.series()
    assert value(found, "arena_redis_memory_limit_bytes") == 400 << 20
    assert 0 < value(found, "arena_redis_memory_bytes") < 400 << 20


def test_a_redis_that_is_away_is_an_error(redis_at, unused_tcp_port):
    redis_at(f"redis://127.0.0.1:{unused_tcp_port}/0")
    with pytest.raises(RedisError):
        traffic.series()
