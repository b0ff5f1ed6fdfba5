from __future__ import annotations

from random import Random

import pytest

from inference_worker.samples.compose import compose
from inference_worker.samples.questions import APART, TASKS
from inference_worker.samples.scenes import DrawnScene
from inference_worker.samples.vocabulary import HELD_OUT_PAIRS
from inference_worker.training.drills import TASK, drill
from tests.inference_worker.samples.scenery import PAPER, chart, row, thing


def drilled(scene, *names):
    """What is answered over many draws to drills that hold all the names."""
    asked = [question for seed in range(200) for question in drill(scene, Random(seed))]
    return {one.answer for one in asked if all(name in one.prompt for name in names)}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["red circle left or right of the blue star"], "Left."),
        (["blue star left or right of the red circle"], "Right."),
        (["red circle above or below the blue star"], "Above."),
        (["red cross above or below the red circle"], "Below."),
        (["the star left or right of the red cross"], "Left."),
    ],
)
def test_a_drill_asks_which_side_it_is(names, expected):
    assert drilled(row(), *names) == {expected}


def test_a_drill_is_no_part_of_an_exam():
    assert {question.task for question in drill(row(), Random(0))} == {TASK}
    assert TASK not in TASKS


def test_things_that_are_level_are_not_asked_which_is_above():
    level = DrawnScene(
        "shapes", PAPER, (thing("red", "star", 4, 40), thing("blue", "cross", 60, 44))
    )
    assert drilled(level, "above") == set()
    assert drilled(level, "left") == {"Left.", "Right."}


@pytest.mark.parametrize("apart", [APART - 0.5, APART])
def test_how_far_apart_two_must_be_is_the_exams_measure(apart):
    scene = DrawnScene(
        "shapes", PAPER, (thing("red", "star", 4, 4), thing("blue", "cross", 60, 4 + apart))
    )
    assert bool(drilled(scene, "above")) == (apart >= APART)


def test_one_thing_alone_gives_no_drill():
    assert drill(DrawnScene("shapes", PAPER, (thing("red", "star", 4, 4),)), Random(0)) == []


def test_twins_that_no_name_tells_apart_are_left_out():
    twins = (
        thing("red", "star", 4, 4),
        thing("red", "star", 60, 60),
        thing("blue", "ring", 30, 70),
    )
    assert drill(DrawnScene("shapes", PAPER, twins), Random(0)) == []


def test_bars_have_no_names_that_a_drill_could_use():
    assert all("the  " not in question.prompt for question in drill(chart(), Random(0)))


def test_no_drill_names_a_held_out_pair():
    held_out = {" ".join(pair) for pair in HELD_OUT_PAIRS}
    for index in range(200):
        for question in drill(compose("train", "shapes", index), Random(index)):
            assert not any(name in question.prompt for name in held_out)


def test_no_answer_is_more_frequent_than_its_opposite():
    scenes = [compose("train", "shapes", index) for index in range(400)]
    said = [
        question.answer
        for scene in scenes
        for question in drill(scene, Random(scene.parts[0].box.left))
    ]
    for one, other in (("Left.", "Right."), ("Above.", "Below.")):
        assert 0.45 < said.count(one) / (said.count(one) + said.count(other)) < 0.55


def test_a_seed_gives_the_same_drills():
    scene = compose("train", "shapes", 3)
    assert drill(scene, Random(5)) == drill(scene, Random(5))
