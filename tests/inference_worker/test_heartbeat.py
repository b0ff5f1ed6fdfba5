from __future__ import annotations

import threading

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from inference_worker.answers import RunningAnswer
from inference_worker.heartbeat import LeaseHeartbeat
from inference_worker.wire import leases, presence
from inference_worker.wire.presence import WorkerReport
from tests.inference_worker.making import again, prepared, until

REPORT = WorkerReport(
    name="me", queues=("inference",), device="cpu", loaded=(), running=0, since=1.0
)


@pytest.fixture
def beating(valkey):
    return LeaseHeartbeat(valkey, describe=lambda: REPORT)


def kept(valkey, heartbeat):
    side = prepared(valkey)
    answer = RunningAnswer(side, flush_soon=lambda: None)
    leases.claim(valkey, answer.holder, queue=side.queue)
    heartbeat.keep(answer)
    return answer


def lease_of(answer):
    return answer.holder.keys[1]


def test_a_beat_renews_every_lease(valkey, beating):
    answers = [kept(valkey, beating) for _ in range(3)]
    for answer in answers:
        valkey.pexpire(lease_of(answer), 900_000)
    beating.beat()
    assert all(0 < valkey.pttl(lease_of(answer)) <= 5000 for answer in answers)


def test_a_side_that_went_to_another_is_lost(valkey, beating):
    lost, mine = kept(valkey, beating), kept(valkey, beating)
    again(valkey, lost.request)
    beating.beat()
    assert (lost.settled.is_set(), mine.settled.is_set()) == (True, False)


def test_a_side_that_redis_forgot_is_lost(valkey, beating):
    answer = kept(valkey, beating)
    valkey.flushall()
    beating.beat()
    assert answer.settled.is_set()


def test_a_dropped_answer_is_not_renewed(valkey, beating):
    answer = kept(valkey, beating)
    beating.drop(answer)
    valkey.delete(lease_of(answer))
    beating.beat()
    assert not valkey.exists(lease_of(answer))


def test_without_redis_an_answer_is_lost_when_its_lease_is_over(valkey, unused_tcp_port):
    nowhere = Redis(port=unused_tcp_port, retry=Retry(NoBackoff(), 0))
    heartbeat = LeaseHeartbeat(nowhere, describe=lambda: REPORT)
    answer = kept(valkey, heartbeat)
    heartbeat.beat()
    forgiven = answer.wanted
    answer._leased_until = 0.0
    heartbeat.beat()
    assert (forgiven, answer.wanted) == (True, False)


def test_the_worker_is_reported(valkey, beating):
    beating.say()
    assert presence.workers(valkey) == [REPORT]


def test_the_thread_reports_and_renews_by_itself(valkey, beating):
    answer = kept(valkey, beating)
    valkey.delete(lease_of(answer))
    beating.start()
    until(lambda: valkey.exists(lease_of(answer)) and presence.workers(valkey) == [REPORT])
    beating.stop()
    # A beat that is under way needs the connection, which ends with the test.
    until(lambda: all(thread.name != "heartbeat" for thread in threading.enumerate()))


def test_a_model_that_can_not_be_described_does_not_end_the_beats(caplog):
    def broken():
        raise AttributeError("device")

    LeaseHeartbeat(Redis(), describe=broken).say()
    assert "stumbled" in caplog.text
