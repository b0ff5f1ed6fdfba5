from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.evaluation.chat_answers import StopSequences
from arena.evaluation.chat_errors import ChatError
from arena.evaluation.chat_requests import read_request, turns_of
from tests.inference_worker.making import picture as bytes_of


def picture(colour):
    """A picture as a data URI."""
    return f"data:image/png;base64,{base64.b64encode(bytes_of(colour)).decode()}"


def message(text, *urls, role="user"):
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return {"role": role, "content": [*parts, {"type": "text", "text": text}]}


def request(*messages, **more):
    return read_request(json.dumps({"model": "m", "messages": messages, **more}).encode())


def test_the_system_and_questions_without_an_answer_are_one_turn():
    turns = turns_of(
        request(
            {"role": "system", "content": "Be brief."},
            message("One?", picture("red")),
            {"role": "assistant", "content": "Red."},
            {"role": "user", "content": "And"},
            {"role": "user", "content": "this?"},
        )
    )
    assert [(one.prompt, len(one.images), one.answer) for one in turns] == [
        ("Be brief.\nOne?", 1, "Red."),
        ("And\nthis?", 0, ""),
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "assistant", "content": "Hello."}],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}],
        [message("?", *[picture("red")] * 17)],
        [{"role": "user", "content": "x" * 100_001}],
        [message("?", "data:image/png;base64,%%%")],
        [message("?", "file:///etc/passwd")],
        [{"role": "user", "content": None}],
    ],
)
def test_a_conversation_that_is_none_is_refused(messages):
    with pytest.raises(ChatError):
        turns_of(request(*messages))


def test_a_seed_fits_the_wire_whatever_its_sign():
    user = {"role": "user", "content": "Hi"}
    assert request(user, seed=-5).wire_seed == request(user, seed=2**31 - 5).wire_seed
    assert request(user).wire_seed is None


def test_fields_that_mean_nothing_here_are_ignored():
    sent = {"n": 1, "detail": "auto", "top_p": 0.9, "user": "me", "max_tokens": 32768}
    assert request({"role": "user", "content": "Hi"}, **sent).most_tokens == 32768


@given(st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_body_is_a_request_or_a_refusal(body):
    with pytest.raises(ChatError):
        read_request(body.encode() if isinstance(body, str) else body)


@given(st.text("ab\n", max_size=40), st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3))
def test_a_stop_cuts_the_same_place_however_the_text_comes(text, stops):
    cut = StopSequences(tuple(stops))
    shown = "".join(cut.add(letter) for letter in text) + ("" if cut.met else cut.rest())
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    if not ends:
        assert shown == text
    else:
        met = min(ends)
        starts = [text.find(s) for s in stops if s in text and text.find(s) + len(s) == met]
        assert shown == text[: min(starts)]
