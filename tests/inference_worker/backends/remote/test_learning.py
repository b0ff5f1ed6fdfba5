"""What an endpoint refuses is left out or renamed, once for all; and its words reach operators."""

from __future__ import annotations

import pytest

from inference_worker.backends.remote.own_words import ConfidentialTexts, cleaned, sentence_of
from tests.inference_worker.backends.answering import endpoint
from tests.inference_worker.backends.remote.test_endpoints import answer, failure, model
from tests.inference_worker.making import ask

LENGTH = (
    "Unsupported parameter: 'max_tokens' is not supported with this model."
    " Use 'max_completion_tokens' instead."
)
TEMPERATURE = (
    "Unsupported value: 'temperature' does not support 0.5 with this model."
    " Only the default (1) value is supported."
)


def error(message, **more):
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def refusing(**words):
    """A server that refuses each of these parameters with these words."""

    def judge(message):
        return next((body for name, body in words.items() if name in message), None)

    return judge


@pytest.mark.parametrize(
    "body",
    [
        error(LENGTH, param="max_tokens", code="unsupported_parameter"),
        error(LENGTH),
        {"message": LENGTH},
        {"detail": LENGTH},
        error("Unrecognized request argument supplied: max_tokens"),
        {"detail": [{"loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"}]},
    ],
)
def test_the_length_is_said_in_the_newer_word(body):
    seen = []
    with endpoint(words=9, judge=refusing(max_tokens=body), seen=seen) as port:
        one = model(port)
        assert answer(one, ask(tokens=3))[-1].finish == "length"
        answer(one, ask(tokens=4))
    asked = [(m.get("max_tokens"), m.get("max_completion_tokens")) for _, _, m in seen]
    assert asked == [(3, None), (None, 3), (None, 4)]


def test_a_temperature_that_is_not_taken_is_left_out_from_then_on():
    seen = []
    body = error(TEMPERATURE, param="temperature", code="unsupported_value")
    with endpoint(judge=refusing(temperature=body), seen=seen) as port:
        one = model(port)
        for _ in range(2):
            assert answer(one, ask(temperature=0.5))[-1].finish == "stop"
    assert [m.get("temperature") for _, _, m in seen] == [0.5, None, None]


def test_a_question_of_two_letters_hides_nothing_of_what_is_refused():
    with endpoint(judge=refusing(max_tokens=error(LENGTH))) as port:
        assert answer(model(port), ask(prompt="hi"))[-1].finish == "stop"


def test_a_short_question_by_itself_is_hidden():
    hidden = ConfidentialTexts(prompt="hi")
    assert cleaned("this is which?", hidden) == "this is which?"
    assert cleaned("not taken: 'hi'", hidden) == ""


def test_several_parameters_are_learned_one_after_the_other():
    bodies = {"max_tokens": error(LENGTH), "temperature": error(TEMPERATURE)}
    bodies["stream"] = error("Your organization must be verified to stream", param="stream")
    whole = b'{"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}'
    seen = []
    with endpoint(judge=refusing(**bodies), raw=[whole], seen=seen) as port:
        assert "".join(piece.text for piece in answer(model(port))) == "yes"
    assert len(seen) == 4


@pytest.mark.parametrize(
    "words",
    [
        "max_tokens is too large: 16. This model supports at most 8 completion tokens.",
        "Invalid image.",
        "",
    ],
)
def test_another_refusal_is_not_repeated_and_says_why(words):
    seen = []
    with endpoint(judge=lambda _: error(words), seen=seen) as port:
        failed = failure(model(port))
    assert (failed.code, len(seen)) == ("refused", 1)
    cause = "the endpoint refuses the request (status 400)"
    assert failed.reason == (f"{cause}: {words}" if words else cause)


def test_a_server_that_refuses_even_what_it_asked_for_is_asked_twice():
    seen = []
    with endpoint(judge=lambda _: error(LENGTH), seen=seen) as port:
        assert failure(model(port)).code == "refused"
    assert len(seen) == 2


def test_an_error_in_the_stream_says_why():
    line = '{"error": {"message": "CUDA out of memory", "code": 500}}'
    with endpoint(lines=[line]) as port:
        assert failure(model(port)).reason == (
            "the endpoint broke while it answered (an error within the answer): CUDA out of memory"
        )


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Wrong key: my-own-key", "Wrong key: …"),
        ("Incorrect API key provided: sk-abc****1234.", "Incorrect API key provided: …"),
        (f"No picture in data:image/png;base64,{'A' * 50}", "No picture in …"),
        ("two\nlines\tand \x1b[31ma bell\x07", "two lines and [31ma bell"),
        ("x " * 400, ("x " * 120)),
        ("You asked: Which bird is this? No.", ""),
        ("which birds are seen is not said", "which birds are seen is not said"),
    ],
)
def test_its_words_come_without_key_picture_or_prompt(words, kept):
    hidden = ConfidentialTexts(key="my-own-key", prompt="Which bird is this?")
    assert cleaned(words, hidden) == kept.strip()


@pytest.mark.parametrize("body", [None, 7, [], {}, {"error": []}, {"detail": [7]}, {"message": 7}])
def test_a_body_of_another_form_says_nothing(body):
    assert sentence_of(body) == ""
