from __future__ import annotations

import json

import pytest

from inference_worker.wire.endpoint_options import MalformedOptions
from inference_worker.wire.model_options import ModelOptions, PromptTemplate, normalised, parse


def template(text, **more):
    return json.dumps({"prompt_template": {"text": text, **more}})


@pytest.mark.parametrize("text", ["", " ", "{}"])
def test_no_options(text):
    assert parse(text) == ModelOptions()
    assert parse(text).to_json() == ""


def test_options_are_read_and_written_alike():
    text = '{"max_images":1,"max_turns":2,"prompt_template":{"text":"Q: {prompt} A:"}}'
    assert parse(text).to_json() == text
    assert normalised(f" {text} ", remote=False) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "object"),
        ("{", "truncated"),
        ('{"thinks": true}', "thinks"),
        ('{"max_images": 0}', "max_images"),
        (template(""), "length"),
        (template("no place"), "{prompt} exactly once"),
        (template("{prompt}{prompt}"), "{prompt} exactly once"),
        (template("{images}{images}{prompt}"), "{images} more than once"),
        (template("{prompt}", image_mark="<img>"), "needs {images}"),
        (template("{prompt}", other=1), "other"),
        (" " * 5000 + "{", "characters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(text, said):
    with pytest.raises(MalformedOptions) as refused:
        parse(text)
    assert said in str(refused.value)


def test_options_of_an_endpoint_are_none_of_a_model_here():
    with pytest.raises(MalformedOptions):
        normalised('{"thinks": true}', remote=False)
    with pytest.raises(MalformedOptions):
        normalised('{"max_turns": 1}', remote=True)
    assert normalised('{"thinks": true}', remote=True) == '{"thinks":true}'


def test_a_template_is_filled_with_words_and_a_mark_for_each_picture():
    one = PromptTemplate("USER: {images}\n{prompt} ASSISTANT:")
    assert one.filled("Why?", images=2, mark="<i>") == "USER: <i><i>\nWhy? ASSISTANT:"
    own = PromptTemplate("{images}{prompt}", image_mark="[IMG]")
    assert own.filled("Why?", images=1, mark="<i>") == "[IMG]Why?"


@pytest.mark.parametrize("words", ["{images}", "{prompt}", "{0}", "%s {", "}{"])
def test_a_voters_words_are_no_part_of_the_template(words):
    one = PromptTemplate("{images}Q: {prompt} A:{{x}}")
    assert one.filled(words, images=1, mark="<i>") == f"<i>Q: {words} A:{{{{x}}}}"
