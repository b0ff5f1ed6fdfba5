from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from inference_worker.wire.messages import (
    AnswerLimits,
    GenerationOutcome,
    GenerationRequest,
    MalformedMessage,
    ModelSpec,
    TurnInput,
)
from tests.inference_worker.making import limits, request, spec


def test_a_request_survives_json():
    sent = request(images=["ab" * 32, "cd" * 32])
    assert GenerationRequest.from_json(json.loads(json.dumps(sent.to_json()))) == sent


def test_an_unknown_field_is_refused():
    with pytest.raises(MalformedMessage, match="AnswerLimits"):
        AnswerLimits.from_json({**limits().to_json(), "top_p": 0.9})


def test_a_missing_field_is_refused():
    data = spec().to_json()
    del data["base_url"]
    with pytest.raises(MalformedMessage, match="base_url"):
        ModelSpec.from_json(data)


def test_a_wrong_nested_message_is_refused():
    with pytest.raises(MalformedMessage, match="turn"):
        GenerationRequest.from_json({**request().to_json(), "turn": {"prompt": "hi"}})


def outcome(**more):
    fields = {"stream": "s", "side": "a", "attempt": 1, "fence": "f", "status": "failed"}
    fields |= {"code": "unavailable", "text": "", "finish": "stop", "tokens": 0}
    fields |= {"first_text_ms": 0, "total_ms": 0, "worker": "heron", "revision": ""}
    return GenerationOutcome(**(fields | more))


def test_a_field_with_a_default_is_sent_only_where_it_says_something():
    assert "reason" not in outcome().to_json()
    assert GenerationOutcome.from_json(outcome().to_json()) == outcome()
    said = outcome(reason="not pinned to a commit")
    assert GenerationOutcome.from_json(json.loads(json.dumps(said.to_json()))) == said


@pytest.mark.parametrize(("stream", "probe"), [("probe-7-ab", True), ("Qm9hcnRz", False)])
def test_the_stream_says_whether_an_operator_or_a_voter_asks(stream, probe):
    assert replace(request(), stream=stream).is_probe is probe


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused(data):
    with pytest.raises(MalformedMessage):
        ModelSpec.from_json(data)


def test_messages_are_frozen():
    with pytest.raises(AttributeError):
        spec().source = "other"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attempt", "1"),
        ("attempt", True),
        ("attempt", -1),
        ("attempt", 2**31),
        ("attempt", 1.5),
        ("side", "c"),
        ("side", ["a"]),
        ("fence", None),
        ("fence", 1),
        ("fence", "with a blank"),
        ("stream", "newline\n"),
        ("turn", {"prompt": "?", "images": ["ab"]}),
        ("turn", {"prompt": "?", "images": ["AB" * 32]}),
        ("limits", []),
    ],
)
def test_a_value_of_another_type_is_refused(field, value):
    with pytest.raises(MalformedMessage):
        GenerationRequest.from_json({**request().to_json(), field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "banana"),
        ("attempt", "one"),
        ("code", "401: model big-1 not found"),
        ("finish", ""),
        ("tokens", True),
        ("first_text_ms", 1.5),
    ],
)
def test_a_value_outside_its_closed_set_is_refused(field, value):
    with pytest.raises(MalformedMessage, match=field):
        GenerationOutcome.from_json({**outcome().to_json(), field: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, True, "1", None])
def test_a_number_is_one(value):
    with pytest.raises(MalformedMessage):
        AnswerLimits.from_json({**limits().to_json(), "temperature": value})


def test_names_of_images_are_words():
    with pytest.raises(MalformedMessage):
        TurnInput.from_json({"prompt": "?", "images": [1]})


def test_a_whole_number_may_stand_for_a_decimal():
    assert AnswerLimits.from_json({**limits().to_json(), "seconds": 5}).seconds == 5.0
