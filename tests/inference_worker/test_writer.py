from __future__ import annotations

import pytest
from redis import Redis, RedisError

from inference_worker.answers import RunningAnswer
from inference_worker.wire import leases, stream
from inference_worker.writer import StreamWriter
from tests.inference_worker.making import again, prepared, until


class Unsteady(Redis):
    """Refuses to work while ``down``, as a server that restarts."""

    down = False

    def pipeline(self, *args, **kwargs):
        if self.down:
            raise ConnectionError("down")
        return super().pipeline(*args, **kwargs)


ConnectionError = type("ConnectionError", (RedisError,), {})


@pytest.fixture
def redis(valkey_url):
    with Unsteady.from_url(valkey_url) as connection:
        yield connection


@pytest.fixture
def started(redis):
    writer = StreamWriter(redis)
    writer.start()
    yield writer
    writer.stop()


def begun(redis, writer, **more):
    side = prepared(redis, **more)
    answer = RunningAnswer(side, flush_soon=writer.flush_soon)
    leases.claim(redis, answer.holder, queue=side.queue)
    writer.carry(answer)
    answer.begin()
    return answer


def texts(redis, answer):
    return [event.text for event in stream.read(redis, answer.holder.stream)]


def test_one_flush_writes_for_all(redis):
    writer = StreamWriter(redis)
    answers = [begun(redis, writer) for _ in range(3)]
    for i, answer in enumerate(answers):
        answer.add(f"text {i}", 1)
    writer.flush()
    assert [texts(redis, a) for a in answers] == [["", "text 0"], ["", "text 1"], ["", "text 2"]]


def test_what_could_not_be_written_is_written_later(redis):
    writer = StreamWriter(redis)
    answer = begun(redis, writer)
    answer.add("one ", 1)
    redis.down = True
    with pytest.raises(RedisError):
        writer.flush()
    redis.down = False
    answer.add("two", 1)
    writer.flush()
    assert texts(redis, answer) == ["", "one ", "two"]


def test_a_lost_side_does_not_hold_up_the_others(redis):
    writer = StreamWriter(redis)
    lost, kept = begun(redis, writer), begun(redis, writer)
    again(redis, lost.request)
    writer.flush()
    assert (lost.settled.is_set(), kept.settled.is_set()) == (True, False)
    assert texts(redis, kept) == [""]


def test_a_dropped_answer_is_not_written(redis):
    writer = StreamWriter(redis)
    answer = begun(redis, writer)
    writer.drop(answer)
    writer.flush()
    assert texts(redis, answer) == []


def test_the_thread_writes_by_itself(redis, started):
    answer = begun(redis, started)
    answer.add("hello", 1)
    answer.end("stop")
    assert answer.settled.wait(120)
    assert answer.outcome("me").status == "ended"


def test_the_thread_outlives_an_outage(redis, started, caplog):
    answer = begun(redis, started)
    redis.down = True
    answer.add("hello", 1)
    until(lambda: "cannot write" in caplog.text)
    redis.down = False
    until(lambda: "".join(texts(redis, answer)) == "hello")
