from __future__ import annotations

import time

import pytest

from inference_worker.backends import BackendRegistry
from inference_worker.backends.base import BackendError, GenerationInput, SamplingParams
from inference_worker.backends.scripted import AnswerScript, read
from tests.inference_worker.making import picture, settings, spec


def test_a_source_is_a_script():
    assert read("rate=20,tokens=64,fail=timeout,after=5") == AnswerScript(
        rate=20.0, tokens=64, fail="timeout", after=5
    )


def test_nothing_said_is_the_usual_script():
    assert read("") == AnswerScript()


@pytest.mark.parametrize("source", ["rate=fast", "colour=red", "tokens"])
def test_what_is_no_script_is_refused(source):
    with pytest.raises(BackendError):
        read(source)


def test_no_script_answers_unless_it_is_allowed():
    with pytest.raises(BackendError, match="ARENA_ALLOW_SCRIPTED"):
        BackendRegistry(settings(allow_scripted=False))["scripted"]


@pytest.mark.parametrize("colour", ["red", "blue"])
def test_a_script_that_sees_names_the_colour_of_each_picture(colour):
    script = read("text=sees")
    assert script.word(0, (picture(colour),)) == f"{colour} "
    assert script.word(1, (picture(colour),)) == "word1 "


def test_a_clock_says_when_each_token_was_made():
    before = time.monotonic()
    said = [int(read("text=clock").word(number)) / 1_000_000 for number in range(2)]
    assert before - 0.001 < said[0] <= said[1] <= time.monotonic()


def test_an_answer_is_held_until_the_file_is_there(tmp_path):
    go, said = tmp_path / "go", []
    source = f"tokens=4,rate=1000,after=2,hold={go}"
    model = BackendRegistry(settings())["scripted"].load(spec(source))
    model.join(GenerationInput("one", "", (), SamplingParams(16, 0.0, 1), 20.0))
    said += [piece.text for _ in range(20) for piece in model.step()]
    assert said == ["word0 ", "word1 "]
    go.touch()
    while len(said) < 4:
        said += [piece.text for piece in model.step()]
    assert said[2:] == ["word2 ", "word3 "]
