"""Faulty endpoints: each is named for operators, within its time, and says nothing to voters."""

from __future__ import annotations

import gzip
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference_worker.backends import openai
from inference_worker.backends.base import BackendError
from inference_worker.backends.remote import model as remote_model
from tests.inference_worker.backends.remote.behaviours import BEHAVIOURS
from tests.inference_worker.backends.remote.faults import FAULTS, KEY, UPSTREAM
from tests.inference_worker.backends.remote.serving import Reply, delta, refusal, serving, usage
from tests.inference_worker.backends.remote.test_endpoints import answer, failure, model
from tests.inference_worker.making import ask, settings, spec

FAILING = [name for name, fault in FAULTS.items() if fault.code]


@pytest.mark.parametrize("name", FAILING)
def test_each_faulty_server_is_named(name):
    """One that never ends is left at the limit of time, or this test would not end either."""
    fault = FAULTS[name]
    with serving(fault.script) as port:
        failed = failure(model(port, secret=KEY), ask(seconds=fault.seconds))
    assert (failed.code, fault.says in failed.reason) == (fault.code, True), failed.reason
    assert KEY not in str(failed)


def test_a_dead_server_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failed = failure(model(port))
    assert (failed.code, "nothing listens" in failed.reason) == ("unavailable", True)


def test_each_cause_has_a_sentence_of_its_own():
    said = {}
    for name in FAILING:
        with serving(FAULTS[name].script) as port:
            said[name] = failure(model(port), ask(seconds=FAULTS[name].seconds)).reason.partition(
                ":"
            )[0]
    assert len(set(said.values())) == len(FAILING)


def test_the_endpoints_own_sentence_reaches_the_operator():
    with serving(FAULTS["429"].script) as port:
        failed = failure(model(port, secret=KEY))
    assert UPSTREAM in failed.reason
    assert KEY[:12] not in failed.reason


def test_another_model_than_the_one_that_was_asked_is_remarked():
    with serving(FAULTS["wrong model"].script) as port:
        one = model(port)
        answer(one)
    assert one.remark == "the endpoint says that llama-3-8b answered, not some-vlm"


@pytest.mark.parametrize("name", ["some-vlm", "org/some-vlm", "some-vlm-2026-01-01", "SOME_VLM"])
def test_another_name_of_the_same_model_is_none(name):
    chunks = [delta(content="yes") | {"model": name}, delta("stop") | {"model": name}, "[DONE]"]
    with serving(lambda _: Reply(chunks)) as port:
        one = model(port)
        answer(one)
    assert one.remark == ""


def test_an_answer_that_is_unwanted_is_left_although_the_endpoint_is_silent():
    wanted = iter([True] * 3)
    with serving(FAULTS["slow"].script) as port:
        # Kept until the limit of time, it would end as a timeout, which raises.
        assert answer(model(port), ask(seconds=25), lambda: next(wanted, False)) == []


def test_a_trace_without_an_answer_says_how_long_it_was():
    chunks = [delta(reasoning="so "), delta(reasoning="so "), delta("stop"), "[DONE]"]
    with serving(lambda _: Reply(chunks)) as port:
        failed = failure(model(port), ask(max_reasoning_tokens=50))
    assert failed.code == "empty"
    assert "reasoned for 2 tokens and gave no answer" in failed.reason


def test_a_trace_is_bounded_by_its_own_limit():
    chunks = [delta(reasoning="so ")] * 100
    with serving(lambda _: Reply(chunks)) as port:
        failed = failure(model(port), ask(tokens=500, max_reasoning_tokens=20))
    assert (failed.code, "21 tokens" in failed.reason) == ("empty", True)


def test_an_answer_does_not_use_the_room_of_a_trace():
    chunks = [delta(reasoning="so "), *[delta(content="word ")] * 50, delta("stop"), "[DONE]"]
    with serving(lambda _: Reply(chunks)) as port:
        pieces = answer(model(port), ask(tokens=5, max_reasoning_tokens=100))
    told = [piece for piece in pieces if piece.kind == "answer"]
    assert (sum(piece.tokens for piece in told), pieces[-1].finish) == (5, "length")


def test_options_that_make_no_sense_are_refused_before_a_call():
    backend = openai.create(settings())
    one = spec("m", "openai", base_url="http://127.0.0.1:1/v1", options='{"a":1}')
    with pytest.raises(BackendError, match="unknown field `a`"):
        backend.resolve_revision(one)


def test_words_that_repeat_the_question_teach_nothing_and_name_no_cause():
    prompt = "Unsupported parameter: temperature. No such model. At most 1 image"
    seen = []
    with serving(lambda _: refusal(f"Not understood: {prompt}"), seen=seen) as port:
        one = model(port)
        failed = failure(one, ask(prompt=prompt))
    assert (failed.code, failed.reason) == (
        "refused",
        "the endpoint refuses the request (status 400)",
    )
    assert (one.learned, len(seen)) == ("", 1)


def test_a_closing_mark_alone_is_remarked_and_changes_no_later_answer():
    chunks = [delta(content="</think> is a mark"), delta("stop"), "[DONE]"]
    with serving(lambda _: Reply(chunks)) as port:
        one = model(port)
        for _ in range(2):
            told = answer(one, ask(max_reasoning_tokens=50))
            assert "".join(piece.text for piece in told) == "</think> is a mark"
    assert "set thinks and reasoning_from_start" in one.remark
    assert one.learned == ""


def test_a_count_before_the_end_is_not_the_truth_yet():
    first = delta(content="yes ") | {"usage": {"completion_tokens": 0}}
    chunks = [first, delta(content="it is"), delta("stop"), usage(6), "[DONE]"]
    with serving(lambda _: Reply(chunks)) as port:
        assert sum(piece.tokens for piece in answer(model(port))) == 6


def test_a_body_that_unpacks_to_far_too_much_is_left(monkeypatch):
    monkeypatch.setattr(remote_model, "MOST_BYTES", 100_000)
    packed = gzip.compress(b"x\n" * 1_000_000)
    with serving(lambda _: Reply(body=packed, headers={"Content-Encoding": "gzip"})) as port:
        assert failure(model(port)).code == "internal"


@pytest.mark.parametrize("key", ["schlüssel-ключ", "two\nlines-of-a-key"])
def test_a_key_that_no_header_can_carry_is_named_and_not_shown(key):
    with serving(FAULTS["500"].script) as port:
        failed = failure(model(port, secret=key))
    assert failed.code == "unavailable"
    assert not any(part in failed.reason for part in key.split())


def test_two_who_learn_at_once_lose_nothing():
    with serving(BEHAVIOURS["gpt-5"].script) as port:
        one = model(port)
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda _: answer(one, ask(temperature=0.5)), range(8)))
    assert len(told) == 8
    assert json.loads(one.learned) == BEHAVIOURS["gpt-5"].learned
