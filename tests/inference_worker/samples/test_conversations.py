from __future__ import annotations

from random import Random

import pytest

from inference_worker.samples.conversations import POINTING, TALK_TASKS, point, single, talk
from inference_worker.samples.drawing import extent
from inference_worker.samples.questions import PictureQuestion
from tests.inference_worker.samples.scenery import chart, pair, row, sign

SEEDS = range(600)


def talks(scene, turns=2):
    found = (talk(scene, Random(seed), turns) for seed in SEEDS)
    return [one for one in found if one is not None]


def answered(scene, first, second):
    """Return the last answers where the first prompt holds one text and the last the other."""
    return {
        one.turns[-1].answer
        for one in talks(scene)
        if first in one.turns[0].prompt.lower() and second in one.turns[-1].prompt.lower()
    }


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("where is the star", "is it?", "It is blue."),
        ("is the star?", "where is it", "In the center."),
        ("what is the blue", "where is it", "In the center."),
        (" a star", "and a circle", "Yes."),
        (" a star", "and a heart", "No."),
        ("where is the star", "and the circle", "At the top left."),
        ("col", "what about the star", "It is blue."),
    ],
)
def test_it_stands_for_the_thing_that_was_named(first, second, answer):
    told = answered(row(), first, second)
    assert answer in told
    assert told == {answer}


def test_a_relation_of_it_is_one_of_the_named_thing():
    told = {
        one.turns[-1].answer
        for one in talks(row())
        if "star" in one.turns[0].prompt
        and "is it left of the cross" in one.turns[-1].prompt.lower()
    }
    assert told == {"Yes."}


@pytest.mark.parametrize(
    ("scene", "second", "answer"),
    [
        (sign(), "say", 'It says "K7Q".'),
        (chart(), "shortest", "The gray one."),
        (chart(), "tallest", "The blue one."),
        (pair(), "right", "I see a fox."),
    ],
    ids=["text", "shortest", "tallest", "emoji"],
)
def test_other_kinds_have_later_questions_too(scene, second, answer):
    told = {one.turns[-1].answer for one in talks(scene) if second in one.turns[-1].prompt.lower()}
    assert told == {answer}


@pytest.mark.parametrize("turns", [2, 3])
def test_a_conversation_has_the_length_and_the_task_asked_for(turns):
    for one in talks(row(), turns):
        assert len(one.turns) == turns
        assert one.task == TALK_TASKS[turns - 2]


def test_nothing_is_asked_about_it_once_it_is_not_there():
    for one in talks(row(), 3):
        assert one.turns[1].answer != "No." or one.turns[1].task != "exists"


def test_pointing_names_the_thing_and_its_box():
    asked = [question for seed in SEEDS for question in point(row(), Random(seed))]
    stars = {question.boxes for question in asked if "star" in question.answer}
    assert stars == {(extent(row().parts[1]),)}
    assert {question.task for question in asked} == {POINTING}


def test_only_shapes_are_pointed_at():
    assert point(sign(), Random(0)) == []


def test_a_single_question_is_a_conversation_of_one_turn():
    question = PictureQuestion("count", "Count the bars.", "I count three.")
    assert single(question).turns == (question,)
    assert single(question).task == "count"
