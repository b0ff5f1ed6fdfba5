"""What endpoints of 2026 do: right text, trace and count of tokens, and what is learned of it."""

from __future__ import annotations

import json

import pytest

from inference_worker.backends.remote import model as remote_model
from tests.inference_worker.backends.remote.behaviours import BEHAVIOURS, links_alone
from tests.inference_worker.backends.remote.serving import serving
from tests.inference_worker.backends.remote.test_endpoints import answer, failure, model
from tests.inference_worker.making import ask, picture


def question(**more):
    return ask(tokens=16, **({"max_reasoning_tokens": 100, "temperature": 0.5} | more))


def read(pieces, kind):
    """The text and the tokens of a kind of pieces."""
    found = [piece for piece in pieces if piece.kind == kind]
    return "".join(piece.text for piece in found), sum(piece.tokens for piece in found)


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch):
    monkeypatch.setattr(remote_model, "SILENCE_SECONDS", 1.0)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_each_behaviour_gives_text_trace_and_count(name):
    behaviour = BEHAVIOURS[name]
    seen = []
    with serving(behaviour.script, seen=seen) as port:
        one = model(port, options=behaviour.options)
        for _ in range(2):
            pieces = answer(one, question())
            assert read(pieces, "answer") == (behaviour.text, behaviour.tokens)
            assert read(pieces, "reasoning") == (behaviour.trace, behaviour.reasoning_tokens)
            assert pieces[-1].finish == "stop"
        learned = json.loads(one.learned or "null")
        calls = len(seen)
        answer(model(port, options=one.learned or behaviour.options), question())
    assert learned == behaviour.learned
    assert len(seen) == calls + 1, "what was learned spares the refused calls"


def test_more_pictures_than_an_endpoint_takes_are_named_and_not_sent_again():
    seen = []
    with serving(BEHAVIOURS["one picture"].script, seen=seen) as port:
        one = model(port)
        for _ in range(2):
            failed = failure(one, question(images=(picture(), picture("blue"))))
            assert failed.code == "refused"
            assert "pictures in one question" in failed.reason
    assert len(seen) == 1
    assert json.loads(one.learned) == {"max_images": 1}


def test_an_endpoint_that_takes_pictures_by_link_alone_is_named_and_asked_once():
    seen = []
    with serving(links_alone, seen=seen) as port:
        one = model(port)
        failed = failure(one, question())
    assert failed.code == "refused"
    assert "takes pictures by link alone" in failed.reason
    assert (one.learned, len(seen)) == ("", 1)
