"""The options of a version: read alike by site and worker, and refused with a sentence."""

from __future__ import annotations

import json
import re

import pytest

from arena.bootstrap.environment import ROOT
from inference_worker.wire.endpoint_options import (
    EndpointOptions,
    MalformedOptions,
    checked,
    parse,
)

DOCUMENTS = [ROOT / "docs/worker.md", ROOT / "docs/howto/onboard-a-model.md"]
WRITTEN = re.compile(r"`(\{[^`.]+\})`|^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)

ALL = {
    "extra_body": {"chat_template_kwargs": {"enable_thinking": False}, "top_logprobs": 0},
    "omit": ["seed", "temperature"],
    "length_parameter": "max_completion_tokens",
    "thinks": True,
    "reasoning_marks": ["<a>", "</a>"],
    "reasoning_from_start": True,
    "max_images": 1,
    "silence_seconds": 20.0,
}


def test_what_is_written_is_read_back():
    assert json.loads(checked(ALL).to_json()) == ALL
    assert parse(checked(ALL).to_json()) == checked(ALL)


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_no_options_are_the_defaults_and_no_text(text):
    assert parse(text) == EndpointOptions()
    assert parse(text).to_json() == ""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"thinking": True}, "unknown field `thinking`"),
        ({"max_images": "two"}, "$.max_images"),
        ({"max_images": 0}, ">= 1"),
        ({"omit": ["model"]}, "$.omit"),
        ({"length_parameter": "n_predict"}, "$.length_parameter"),
        ({"reasoning_marks": ["<think>"]}, "$.reasoning_marks"),
        ({"reasoning_marks": ["", "x"]}, "$.reasoning_marks"),
        ({"silence_seconds": 1e9}, "3600"),
        ({"extra_body": []}, "$.extra_body"),
        ({"extra_body": {"messages": []}}, "the arena itself says messages"),
        ({"extra_body": {"Temperature": 2}}, "the arena itself says Temperature"),
        ({"extra_body": {"api_key": "sk"}}, "the arena itself says api_key"),
        ({"extra_body": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}}, "deeper than 6"),
        ({"extra_body": {"a": "x" * 5000}}, "more than 4000 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(data, says):
    with pytest.raises(MalformedOptions) as refused:
        checked(data)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["[]", "7", "null", "{", '{"extra_body":{"a":NaN}}', "[" * 3000, '{"a":1,"a":2}', "\x00"],
)
def test_a_text_that_is_no_object_of_json_is_refused(text):
    with pytest.raises(MalformedOptions):
        parse(text)


def test_the_options_of_the_documents_are_options():
    found = [m[1] or m[2] for path in DOCUMENTS for m in WRITTEN.finditer(path.read_text())]
    assert len(found) > 10
    assert all(parse(text).to_json() for text in found)
