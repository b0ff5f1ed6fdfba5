from __future__ import annotations

import base64
import json

import pytest

from inference_worker.wire import keys, samples


def sample(name="shapes-1"):
    picture = base64.b64encode(b"\x89PNG").decode()
    return samples.DrawnSample(name, "What is this?", "shapes", "A star", picture)


def test_none_waits_at_first(valkey):
    assert samples.take(valkey, 3) == []
    assert samples.waiting(valkey) == 0


def test_each_is_taken_once_and_the_oldest_first(valkey):
    for name in ("one", "two"):
        samples.put(valkey, sample(name))
    assert [one.name for one in samples.take(valkey, 1) + samples.take(valkey, 5)] == ["one", "two"]
    assert samples.take(valkey, 1) == []


def test_those_that_wait_are_counted(valkey):
    samples.put(valkey, sample("one"))
    samples.put(valkey, sample("two"))
    samples.take(valkey, 1)
    assert samples.waiting(valkey) == 1


def test_what_is_kept_is_found_by_its_name_with_all_that_it_says(valkey):
    samples.keep(valkey, sample())
    assert samples.taken(valkey, "shapes-1") == sample()


def test_the_picture_comes_back_as_bytes():
    assert sample().data == b"\x89PNG"


def test_what_waits_is_not_to_be_had_by_its_name(valkey):
    samples.put(valkey, sample())
    assert samples.taken(valkey, "shapes-1") is None


def test_what_is_kept_is_forgotten_in_the_end(valkey):
    samples.keep(valkey, sample())
    assert 0 < valkey.ttl(keys.sample("shapes-1")) <= samples.KEPT_SECONDS


@pytest.mark.parametrize(
    "row", [json.dumps({"name": "x"}), b"\xff", b"{", b"[" * 99_999, b" " * 2_000_000]
)
def test_what_is_none_of_this_wires_messages_is_left_out(valkey, row):
    valkey.rpush(keys.SAMPLES, row)
    samples.put(valkey, sample())
    assert samples.take(valkey, 2) == [sample()]


def test_of_many_who_would_ask_for_more_one_may(valkey):
    assert [samples.may_ask(valkey, seconds=60) for _ in range(3)] == [True, False, False]


def test_after_a_while_the_next_may_ask(valkey):
    samples.may_ask(valkey, seconds=60)
    assert 0 < valkey.ttl(keys.SAMPLES_ASKED) <= 60
