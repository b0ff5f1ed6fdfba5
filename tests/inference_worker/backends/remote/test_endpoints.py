from __future__ import annotations

import base64
import json
import threading
import time

import pytest
from cryptography.fernet import Fernet

from inference_worker.backends import openai
from inference_worker.backends.base import AnsweredTurn, BackendError
from inference_worker.backends.remote import transport
from inference_worker.backends.remote.protocol import media_type
from inference_worker.wire.sealed import seal
from tests.inference_worker.backends.answering import chunk, endpoint
from tests.inference_worker.making import ask, picture, settings, spec

KEY = Fernet.generate_key().decode()


def model(port, *, allow=("127.0.0.1",), secret="", host="127.0.0.1", options=""):
    url = f"http://{host}:{port}/v1"
    sealed = secret and seal(secret, base_url=url, keys=[KEY])
    backend = openai.create(settings(endpoint_allow=allow, sealing_keys=(KEY,)))
    return backend.load(
        spec("some-vlm", "openai", base_url=url, sealed_key=sealed, options=options)
    )


def answer(one, asked=None, wanted=lambda: True):
    return list(one.stream(asked or ask(), wanted))


def failure(one, asked=None):
    with pytest.raises(BackendError) as failed:
        answer(one, asked)
    return failed.value


def test_an_answer_is_what_the_endpoint_says():
    with endpoint(words=3) as port:
        pieces = answer(model(port))
    assert "".join(piece.text for piece in pieces) == "word0 word1 word2 "
    assert pieces[-1].finish == "stop"


def test_the_request_carries_prompt_picture_and_limits():
    seen = []
    with endpoint(seen=seen) as port:
        answer(model(port), ask(prompt="Which?", tokens=7, temperature=0.5))
    [(path, _, message)] = seen
    picture_part, text_part = message["messages"][0]["content"]
    data = picture_part["image_url"]["url"].removeprefix("data:image/png;base64,")
    assert base64.b64decode(data) == picture()
    assert text_part["text"] == "Which?"
    assert (path, message["model"]) == ("/v1/chat/completions", "some-vlm")
    assert (message["max_tokens"], message["temperature"]) == (7, 0.5)


def test_a_conversation_has_a_message_for_each_question_and_each_answer():
    seen = []
    earlier = (AnsweredTurn("What is it?", (picture("blue"),), "A disc."),)
    with endpoint(seen=seen) as port:
        answer(model(port), ask(prompt="And this?", earlier=earlier))
    [(_, _, message)] = seen
    first, second, third = message["messages"]
    assert [one["role"] for one in (first, second, third)] == ["user", "assistant", "user"]
    assert [part["type"] for part in first["content"]] == ["image_url", "text"]
    assert (first["content"][1]["text"], second["content"]) == ("What is it?", "A disc.")
    assert third["content"][1]["text"] == "And this?"


def test_two_turns_with_two_pictures_each_are_sent_and_answered():
    seen = []
    pictures = picture("blue"), picture("red")
    earlier = (AnsweredTurn("Which are they?", pictures, "Blue and red."),)
    with endpoint(seen=seen, words=2) as port:
        pieces = answer(model(port), ask(prompt="And these?", images=pictures, earlier=earlier))
    assert "".join(piece.text for piece in pieces) == "word0 word1 "
    questions = [one["content"] for one in seen[0][2]["messages"] if one["role"] == "user"]
    kinds = ["image_url", "image_url", "text"]
    assert [[part["type"] for part in parts] for parts in questions] == [kinds, kinds]


def test_the_pictures_of_the_whole_conversation_count():
    earlier = (AnsweredTurn("What is it?", (picture("blue"),), "A disc."),)
    with endpoint() as port:
        failed = failure(model(port, options='{"max_images": 1}'), ask(earlier=earlier))
    assert (failed.code, "at most 1 pictures" in failed.reason) == ("refused", True)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_sent_as_what_it_is(kind):
    assert media_type(picture(kind=kind)) == f"image/{kind.lower()}"


def test_the_key_is_sent_to_the_endpoint_that_it_was_sealed_for():
    seen = []
    with endpoint(seen=seen) as port:
        answer(model(port, secret="sk-1"))
    assert seen[0][1]["Authorization"] == "Bearer sk-1"


def test_a_key_that_was_sealed_for_another_endpoint_is_never_sent():
    sealed = seal("sk-1", base_url="https://good.example/v1", keys=[KEY])
    backend = openai.create(settings(sealing_keys=(KEY,)))
    evil = spec("m", "openai", base_url="https://evil.example/v1", sealed_key=sealed)
    with pytest.raises(BackendError, match="another base URL"):
        backend.load(evil)


def test_an_address_that_is_not_allowed_is_never_called():
    seen = []
    with endpoint(seen=seen) as port:
        error = failure(model(port, allow=()))
    assert (error.code, seen) == ("unavailable", [])


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    judged = transport.resolve
    seen = []
    with endpoint(seen=seen) as port:
        there = judged(f"http://127.0.0.1:{port}", allow=["127.0.0.1"])
        monkeypatch.setattr(transport, "resolve", lambda url, allow: there)
        answer(model(port, host="no-such-name.example"))
    assert seen[0][1]["Host"] == f"no-such-name.example:{port}"


def test_a_redirect_is_not_followed():
    seen = []
    with (
        endpoint(seen=seen) as inside,
        endpoint(status=302, body=f"http://127.0.0.1:{inside}/v1/chat/completions") as port,
    ):
        error = failure(model(port))
    assert (error.code, seen) == ("unavailable", [])


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(monkeypatch, variable):
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with endpoint() as port:
        assert answer(model(port))[-1].finish == "stop"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "refused"),
        (401, "unavailable"),
        (403, "unavailable"),
        (404, "unavailable"),
        (408, "timeout"),
        (413, "refused"),
        (422, "refused"),
        (429, "overloaded"),
        (500, "unavailable"),
        (503, "overloaded"),
    ],
)
def test_a_status_is_a_code(status, code):
    with endpoint(status=status, body={"error": {"message": "What is this?"}}) as port:
        error = failure(model(port))
    assert error.code == code
    assert "What is this?" not in str(error)


def test_an_endpoint_that_is_not_there_is_unavailable():
    assert failure(model(1)).code == "unavailable"


@pytest.mark.parametrize(
    "line", [chunk(finish="content_filter"), chunk(refusal="I will not look at this.")]
)
def test_a_declined_request_is_refused(line):
    with endpoint(lines=[line, "[DONE]"]) as port:
        assert failure(model(port)).code == "refused"


def test_an_error_within_the_stream_is_a_failure():
    line = json.dumps({"error": {"message": "out of memory", "code": 500}})
    with endpoint(lines=[chunk("half "), line]) as port:
        assert failure(model(port)).code == "unavailable"


def test_chunks_without_text_are_harmless():
    usage = json.dumps({**json.loads(chunk()), "choices": [], "usage": None})
    lines = [chunk(role="assistant"), usage, chunk("yes"), chunk(finish="stop"), "[DONE]"]
    with endpoint(lines=lines) as port:
        pieces = answer(model(port))
    assert "".join(piece.text for piece in pieces) == "yes"
    assert sum(piece.tokens for piece in pieces) == 1


def test_a_silent_endpoint_is_a_timeout():
    with endpoint(gate=threading.Event()) as port:
        assert failure(model(port), ask(seconds=0.3)).code == "timeout"


def test_an_endpoint_that_sends_without_end_is_left_at_the_deadline():
    def for_ever():
        while True:
            time.sleep(0.01)
            yield chunk("more ")

    with endpoint(lines=for_ever()) as port:
        assert failure(model(port), ask(seconds=0.5)).code == "timeout"


def test_nothing_is_read_once_the_answer_is_unwanted():
    wanted = iter([True, True, True])
    with endpoint(words=1000) as port:
        pieces = answer(model(port), ask(tokens=1000), lambda: next(wanted, False))
    assert len(pieces) < 4


def test_too_much_is_cut_off(monkeypatch):
    monkeypatch.setattr(transport, "MOST_BYTES", 2000)
    with endpoint(words=1000) as port:
        assert failure(model(port), ask(tokens=1000)).code == "internal"
