"""The forms in which servers stream, and how the bytes fall into parts."""

from __future__ import annotations

import json

import pytest

from inference_worker.backends.base import BackendError
from inference_worker.backends.openai import ChatCompletions
from inference_worker.backends.remote.event_stream import messages
from inference_worker.backends.remote.failures import EndpointError
from inference_worker.backends.remote.reading import EndpointAnswer
from inference_worker.wire.endpoint_options import EndpointOptions
from tests.inference_worker.backends.answering import chunk
from tests.inference_worker.making import ask


def stream(*messages, end="\n\n", done=True):
    told = [*messages, *(["[DONE]"] if done else [])]
    return "".join(f"data: {message}{end}" for message in told).encode()


def pieces(*parts):
    """The pieces of one answer, of whose connection nothing more is known."""
    reading = EndpointAnswer(ask(tokens=100), EndpointOptions(), has_room=False)
    for message in messages(parts):
        for part in ChatCompletions().parts(message):
            yield from reading.take(part)
            if reading.is_over:
                yield from reading.end()
                return
    yield from reading.end()


def read(*parts):
    """The text, and how it ended."""
    found = list(pieces(*parts))
    assert [piece.finish is not None for piece in found] == [False] * (len(found) - 1) + [True]
    told = "".join(piece.text for piece in found if piece.kind == "answer")
    return told, found[-1].finish


def changed(**fields):
    """A first chunk with other fields."""
    return json.dumps(json.loads(chunk()) | fields)


def odd(**fields):
    """A first chunk whose one choice has other fields."""
    return changed(choices=[{"index": 0, "delta": {}, "finish_reason": None} | fields])


END = chunk(finish="stop")


@pytest.mark.parametrize(
    "message",
    [
        odd(delta=None),
        odd(delta="?"),
        changed(choices=None),
        changed(choices=[]),
        changed(choices=[], usage={"completion_tokens": 4}),
        changed(choices=[None]),
        changed(choices={}),
        odd(index=[]),
        odd(index=1, delta={"content": "another answer"}),
        chunk(role="assistant"),
        "null",
        "7",
        "[]",
        '"[DONE"',
        "{broken",
        '{"error": null}',
        "[" * 100_000,
    ],
)
def test_a_message_that_says_nothing_is_skipped(message):
    assert read(stream(message, chunk("yes"), END)) == ("yes", "stop")


@pytest.mark.parametrize(
    "line", [": keep-alive", ":", "event: message", "id: 7", "retry: 100", "", "data:"]
)
def test_a_line_that_is_no_message_is_skipped(line):
    assert read(f"{line}\n\n".encode() + stream(chunk("yes"), END)) == ("yes", "stop")


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r", "\n", "\r\n", "\n\n\n"])
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_lines_end_and_bytes_fall_as_they_may(end, size):
    whole = b"\xef\xbb\xbf" + stream(chunk("größer "), chunk("🙂"), END, end=end)
    parts = [whole[i : i + size] for i in range(0, len(whole), size)]
    assert read(*parts) == ("größer 🙂", "stop")


def test_a_space_after_the_colon_is_no_must():
    assert read(stream(chunk("yes"), END).replace(b"data: ", b"data:")) == ("yes", "stop")


def test_a_message_may_have_several_lines():
    lines = json.dumps(json.loads(chunk("yes")), indent=1).splitlines()
    several = "".join(f"data: {line}\n" for line in lines) + "\n"
    assert read(several.encode() + stream(END)) == ("yes", "stop")


@pytest.mark.parametrize("letter", ["\u2028", "\u0085", "\x0b", "\x1c"])
def test_what_only_some_take_for_a_line_end_is_text(letter):
    message = chunk(f"one{letter}two").encode("ascii").decode("unicode_escape")
    told = message if letter > "\x20" else chunk(f"one{letter}two")
    assert read(stream(told, END))[0] == f"one{letter}two"


@pytest.mark.parametrize("ended", [{}, {"done": False}])
def test_an_answer_without_a_reason_to_finish_ends_all_the_same(ended):
    assert read(stream(chunk("yes"), **ended)) == ("yes", "stop")


def test_a_last_message_needs_no_line_end():
    assert read(f"data: {chunk('yes')}".encode()) == ("yes", "stop")


def test_an_end_without_a_word_is_empty():
    with pytest.raises(BackendError, match="without a word") as failed:
        read(stream())
    assert failed.value.code == "empty"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        *((word, "stop") for word in ("stop", "eos", "end_turn", "stop_sequence", "STOP", "new")),
        *((word, "length") for word in ("length", "max_tokens", "MAX_TOKENS", "model_length")),
        ({"type": "length"}, "length"),
        (7, "stop"),
    ],
)
def test_reasons_to_finish_have_many_names(reason, finish):
    assert read(stream(chunk("yes"), odd(finish_reason=reason))) == ("yes", finish)


def test_the_last_text_may_come_with_the_reason():
    assert read(stream(chunk("yes", finish="length"))) == ("yes", "length")


@pytest.mark.parametrize("reason", ["content_filter", "safety", "SAFETY", "refusal"])
def test_a_declined_answer_is_refused(reason):
    with pytest.raises(BackendError) as failed:
        read(stream(odd(finish_reason=reason)))
    assert failed.value.code == "refused"


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "text", "text": "yes"}],
        [{"type": "text", "text": "y"}, {"type": "text", "text": "es"}],
        [{"type": "output_text", "text": "yes"}, {"type": "image_url", "image_url": {}}],
        [{"type": "thinking", "text": "no"}, {"text": "yes"}],
        ["yes", None, 7, {"type": "text", "text": None}],
        {"type": "text", "text": "yes"},
    ],
)
def test_content_may_be_a_list_of_parts(parts):
    assert read(stream(odd(delta={"content": parts}), END)) == ("yes", "stop")


def whole(text="yes", reason="stop", **more):
    message = {"role": "assistant", "content": text}
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}], **more}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("reason", ["stop", "length", None])
def test_one_body_in_place_of_a_stream_is_the_answer(indent, reason):
    body = json.dumps(whole(reason=reason, usage={"completion_tokens": 5}), indent=indent)
    found = list(pieces(body.encode()))
    assert "".join(piece.text for piece in found) == "yes"
    assert (sum(piece.tokens for piece in found), found[-1].finish) == (5, reason or "stop")


def test_one_body_within_an_event_is_the_answer_too():
    assert read(stream(json.dumps(whole()))) == ("yes", "stop")


@pytest.mark.parametrize(
    "body",
    [
        stream('{"error": {"message": "busy", "code": 429}}'),
        b'{"error": {"message": "busy", "code": "429"}}',
        b'[{"error": {"message": "busy", "code": 429}}]',
        b'event: error\ndata: {"error": {"message": "busy", "code": 429}}\n\n',
    ],
)
def test_an_error_in_the_answer_keeps_its_code_and_words(body):
    with pytest.raises(EndpointError) as failed:
        read(body)
    assert (failed.value.status, failed.value.body["message"]) == (429, "busy")


def test_a_message_without_end_is_left():
    with pytest.raises(BackendError, match="without end"):
        read(*[b"data: " + b"x" * 500_000] * 5)
