from __future__ import annotations

from random import Random

import pytest

from inference_worker.samples.compose import compose
from inference_worker.samples.questions import TASKS, ask, casual
from inference_worker.samples.scenes import KINDS, DrawnScene
from inference_worker.samples.vocabulary import HELD_OUT_PAIRS
from tests.inference_worker.samples.scenery import PAPER, answers, chart, pair, row, sign, thing


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        ("count", ["shapes", "red"], "I count two."),
        ("count", ["stars"], "I count one."),
        ("count", ["crosses"], "I count one."),
        ("count", ["hearts"], "I count zero."),
        ("colour of shape", ["star"], "It is blue."),
        ("colour of shape", ["cross"], "It is red."),
        ("shape of colour", ["blue"], "It is a star."),
        ("where", ["circle"], "At the top left."),
        ("where", ["star"], "In the center."),
        ("where", ["cross"], "At the bottom right."),
        ("exists", [" a red circle"], "Yes."),
        ("exists", [" a blue circle"], "No."),
        ("relation", ["circle left of the blue star"], "Yes."),
        ("relation", ["circle right of the blue star"], "No."),
        ("relation", ["circle to the left of the blue star"], "Yes."),
        ("relation", ["circle above the blue star"], "Yes."),
        ("relation", ["circle below the blue star"], "No."),
        ("relation", ["red cross above the blue star"], "No."),
        ("describe shapes", [""], "I see a red circle, a blue star and a red cross."),
    ],
)
def test_answers_about_shapes(task, names, expected):
    assert answers(row(), task, *names) == {expected}


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        ("read 1 to 3", [""], 'It says "K7Q".'),
        ("text colour", [""], "It is green."),
        ("describe text", [""], 'I see the text "K7Q" in green.'),
    ],
)
def test_answers_about_a_text(task, names, expected):
    assert answers(sign(), task, *names) == {expected}


def test_a_longer_text_is_another_task():
    assert answers(sign("WXYZ"), "read 4 to 6") == {'It says "WXYZ".'}


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        ("bar extremes", ["tallest"], "The blue one."),
        ("bar extremes", ["shortest"], "The gray one."),
        ("number of bars", [""], "I count three."),
    ],
)
def test_answers_about_a_chart(task, names, expected):
    assert answers(chart(), task, *names) == {expected}


@pytest.mark.parametrize(
    ("names", "expected"), [(["left"], "I see a taco."), (["right"], "I see a fox.")]
)
def test_answers_about_two_emoji(names, expected):
    assert answers(pair(), "emoji side", *names) == {expected}


def test_a_shape_that_stands_twice_is_not_asked_about_as_one():
    twins = (thing("red", "star", 4, 4), thing("blue", "star", 60, 60))
    scene = DrawnScene("shapes", PAPER, twins)
    assert answers(scene, "colour of shape") == set()
    assert answers(scene, "where", "the star") == set()


def test_shapes_side_by_side_are_not_asked_which_is_above():
    level = (thing("red", "star", 4, 40), thing("blue", "cross", 60, 44))
    scene = DrawnScene("shapes", PAPER, level)
    assert answers(scene, "relation", "above") == set()
    assert answers(scene, "relation", "left of") == {"Yes.", "No."}


def test_orange_has_its_article():
    scene = DrawnScene("shapes", PAPER, (thing("orange", "star", 4, 4),))
    assert answers(scene, "describe shapes") == {"I see an orange star."}


def test_no_training_question_names_a_held_out_pair():
    held_out = {" ".join(pair) for pair in HELD_OUT_PAIRS}
    for index in range(300):
        for question in ask(compose("train", "shapes", index), Random(index)):
            assert not any(name in question.prompt for name in held_out)


def test_yes_and_no_are_about_equally_frequent():
    scenes = [compose("train", "shapes", index) for index in range(600)]
    asked = [question for scene in scenes for question in ask(scene, Random(1))]
    replies = [question.answer for question in asked if question.task in ("exists", "relation")]
    assert 0.42 < replies.count("Yes.") / len(replies) < 0.58


def test_every_task_comes_up():
    scenes = [compose("train", kind, index) for kind in KINDS for index in range(40)]
    tasks = {question.task for scene in scenes for question in ask(scene, Random(0))}
    assert tasks == set(TASKS)


def test_wording_varies_and_keeps_its_words():
    rng = Random(0)
    said = {casual("Where is the star?", rng) for _ in range(200)}
    assert "Where is the star?" in said
    assert {text.lower().rstrip("?") for text in said} == {"where is the star"}
    assert len(said) > 2
