from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from inference_worker.wire.messages import GenerationRequest, Limits, MalformedMessage, ModelSpec
from tests.inference_worker.making import limits, request, spec


def test_a_request_survives_json():
    sent = request(images=["ab", "cd"])
    assert GenerationRequest.from_json(json.loads(json.dumps(sent.to_json()))) == sent


def test_an_unknown_field_is_refused():
    with pytest.raises(MalformedMessage, match="Limits"):
        Limits.from_json({**limits().to_json(), "top_p": 0.9})


def test_a_missing_field_is_refused():
    data = spec().to_json()
    del data["base_url"]
    with pytest.raises(MalformedMessage, match="base_url"):
        ModelSpec.from_json(data)


def test_a_wrong_nested_message_is_refused():
    with pytest.raises(MalformedMessage, match="Turn"):
        GenerationRequest.from_json({**request().to_json(), "turn": {"prompt": "hi"}})


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused(data):
    with pytest.raises((MalformedMessage, TypeError)):
        ModelSpec.from_json(data)


def test_messages_are_frozen():
    with pytest.raises(FrozenInstanceError):
        spec().source = "other"
