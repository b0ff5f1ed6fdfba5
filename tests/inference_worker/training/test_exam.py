from __future__ import annotations

from collections import Counter

import pytest

from inference_worker.samples.questions import TASKS
from inference_worker.training.exam import exam, shuffled

pytestmark = pytest.mark.usefixtures("needs_fonts")


@pytest.fixture(scope="module")
def sheets():
    return exam(4, seed=3, side=96)


def asked(sheets):
    return Counter(question.task for sheet in sheets for question in sheet.questions)


def test_an_exam_has_the_number_of_items_asked_for_in_every_task(sheets):
    assert asked(sheets) == dict.fromkeys(TASKS, 4)


def test_the_same_seed_gives_the_same_exam(sheets):
    again = exam(4, seed=3, side=96)
    assert [sheet.questions for sheet in again] == [sheet.questions for sheet in sheets]


def test_another_seed_gives_other_pictures(sheets):
    seen = {sheet.picture.tobytes() for sheet in sheets}
    assert seen.isdisjoint(sheet.picture.tobytes() for sheet in exam(4, seed=4, side=96))


def test_shuffling_keeps_the_questions_and_moves_every_picture(sheets):
    moved = shuffled(sheets)
    assert [sheet.questions for sheet in moved] == [sheet.questions for sheet in sheets]
    assert all(new.picture is not old.picture for new, old in zip(moved, sheets, strict=True))


def test_shuffling_stays_within_a_kind(sheets):
    of_kind = {id(sheet.picture): sheet.kind for sheet in sheets}
    assert all(of_kind[id(sheet.picture)] == sheet.kind for sheet in shuffled(sheets))


def test_an_exam_of_unseen_pairs_asks_about_shapes_alone():
    assert set(asked(exam(3, seed=0, split="composition", side=96))) == set(TASKS[:7])
