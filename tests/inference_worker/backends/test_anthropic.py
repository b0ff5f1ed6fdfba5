"""Anthropic's Messages API, against a server that speaks it."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.fernet import Fernet

from inference_worker.backends import anthropic
from inference_worker.backends.base import AnsweredTurn, BackendError
from inference_worker.wire.sealed import seal
from tests.inference_worker.backends.remote.serving import Reply, serving
from tests.inference_worker.making import ask, picture, settings, spec

KEY = Fernet.generate_key().decode()
SECRET = "canary-0123456789-key"


def model(port, *, allow=("127.0.0.1",), options=""):
    url = f"http://127.0.0.1:{port}/v1"
    sealed = seal(SECRET, base_url=url, keys=[KEY])
    backend = anthropic.create(settings(endpoint_allow=allow, sealing_keys=(KEY,)))
    more = {"base_url": url, "sealed_key": sealed, "options": options}
    return backend.load(spec("claude-x", "anthropic", **more))


def answer(one, **more):
    return list(one.stream(ask(**more), lambda: True))


def failure(one, **more):
    with pytest.raises(BackendError) as failed:
        answer(one, **more)
    return failed.value


def block(kind, field, *texts):
    """A content block with its deltas."""
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": kind, field: ""}}
    for text in texts:
        said = {"type": f"{kind}_delta", field: text}
        yield {"type": "content_block_delta", "index": 0, "delta": said}
    yield {"type": "content_block_stop", "index": 0}


def stream(*blocks, reason="end_turn", tokens=7):
    yield {"type": "message_start", "message": {"model": "claude-x-20260101", "usage": {}}}
    yield {"type": "ping"}
    for one in blocks:
        yield from one
    ended = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": tokens}}
    yield {"type": "message_stop"}


def text_of(pieces, kind="answer"):
    found = [piece for piece in pieces if piece.kind == kind]
    return "".join(piece.text for piece in found), sum(piece.tokens for piece in found)


def test_an_answer_with_its_true_count():
    said = list(stream(block("text", "text", "A red ", "disc.")))
    with serving(lambda _: Reply(said)) as port:
        one = model(port)
        pieces = answer(one)
    assert text_of(pieces) == ("A red disc.", 7)
    assert (pieces[-1].finish, one.learned, one.remark) == ("stop", "", "")


def test_a_conversation_is_one_of_this_protocol():
    seen = []
    said = list(stream(block("text", "text", "yes")))
    earlier = (AnsweredTurn("What is it?", (picture("blue"),), "A disc."),)
    with serving(lambda _: Reply(said), seen=seen) as port:
        answer(model(port), prompt="And this?", images=(), earlier=earlier)
    [(_, _, message)] = seen
    first, second, third = message["messages"]
    assert [one["role"] for one in (first, second, third)] == ["user", "assistant", "user"]
    assert base64.b64decode(first["content"][0]["source"]["data"]) == picture("blue")
    assert (first["content"][1]["text"], second["content"]) == ("What is it?", "A disc.")
    assert third["content"] == [{"type": "text", "text": "And this?"}]


def test_the_request_is_one_of_this_protocol():
    seen = []
    said = list(stream(block("text", "text", "yes")))
    with serving(lambda _: Reply(said), seen=seen) as port:
        answer(model(port), prompt="Which?", tokens=5, temperature=0.5)
    [(path, headers, message)] = seen
    picture_part, text_part = message["messages"][0]["content"]
    assert base64.b64decode(picture_part["source"]["data"]) == picture()
    assert picture_part["source"]["media_type"] == "image/png"
    assert text_part == {"type": "text", "text": "Which?"}
    assert (path, message["max_tokens"], message["temperature"]) == ("/v1/messages", 5, 0.5)
    assert (headers["x-api-key"], headers["anthropic-version"]) == (SECRET, "2023-06-01")
    assert "Authorization" not in headers


def test_thinking_is_a_trace_with_room_of_its_own():
    seen = []
    blocks = [block("thinking", "thinking", "so ", "so "), block("text", "text", "yes")]
    said = list(stream(*blocks, tokens=3))
    options = '{"extra_body":{"thinking":{"type":"enabled","budget_tokens":1024}}}'
    with serving(lambda _: Reply(said), seen=seen) as port:
        pieces = answer(model(port, options=options), tokens=10, max_reasoning_tokens=2000)
    assert text_of(pieces) == ("yes", 1)
    assert text_of(pieces, "reasoning") == ("so so ", 2)
    assert seen[0][2]["max_tokens"] == 2010
    assert seen[0][2]["thinking"]["budget_tokens"] == 1024


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, "authentication_error", "unavailable"),
        (404, "not_found_error", "unavailable"),
        (429, "rate_limit_error", "overloaded"),
        (529, "overloaded_error", "overloaded"),
    ],
)
def test_an_error_is_a_code_and_keeps_its_words(status, kind, code):
    error = {"type": "error", "error": {"type": kind, "message": f"no luck with {SECRET}"}}
    reply = Reply(status=status, body=json.dumps(error).encode())
    with serving(lambda _: reply) as port:
        failed = failure(model(port))
    assert (failed.code, "no luck with …" in failed.reason) == (code, True)


def test_an_error_within_the_stream_has_the_code_of_its_kind():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with serving(lambda _: Reply([*list(stream(block("text", "text", "a")))[:4], error])) as port:
        failed = failure(model(port))
    assert (failed.code, "an error within the answer" in failed.reason) == ("overloaded", True)


def test_a_temperature_that_is_not_taken_is_learned():
    said = list(stream(block("text", "text", "yes")))

    def script(message):
        if "temperature" not in message:
            return Reply(said)
        words = "`temperature` is deprecated for this model."
        body = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
        return Reply(status=400, body=json.dumps(body).encode())

    with serving(script) as port:
        one = model(port)
        assert text_of(answer(one))[0] == "yes"
    assert json.loads(one.learned) == {"omit": ["temperature"]}


def test_a_refusal_and_a_cut_are_what_they_are():
    refused = list(stream(block("text", "text", "I"), reason="refusal"))
    with serving(lambda _: Reply(refused)) as port:
        assert failure(model(port)).code == "refused"
    cut = list(stream(block("text", "text", "I"), reason="max_tokens"))
    with serving(lambda _: Reply(cut)) as port:
        assert answer(model(port))[-1].finish == "length"


def test_one_body_in_place_of_a_stream_is_the_answer():
    body = {
        "type": "message",
        "model": "claude-x",
        "content": [{"type": "text", "text": "yes"}],
        "stop_reason": "end_turn",
        "usage": {"output_tokens": 4},
    }
    with serving(lambda _: Reply(body=json.dumps(body).encode())) as port:
        assert text_of(answer(model(port))) == ("yes", 4)


def test_it_goes_through_the_same_guard():
    seen = []
    with serving(lambda _: Reply([]), seen=seen) as port:
        assert failure(model(port, allow=())).code == "unavailable"
    assert seen == []
    moved = Reply(status=307, body=b"", headers={"Location": "http://10.0.0.7/v1/messages"})
    with serving(lambda _: moved) as port:
        assert "redirects to 10.0.0.7" in failure(model(port)).reason
