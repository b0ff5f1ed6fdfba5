from __future__ import annotations

import pytest

from inference_worker.samples.scenes import SIDE, PixelBox
from inference_worker.training.checkpoints import shipped
from inference_worker.training.locations import located
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.place_exam import (
    PLACE_TASKS,
    PlaceMarks,
    PlaceSheet,
    _overlap,
    mark_places,
    place_exam,
)

pytestmark = pytest.mark.usefixtures("needs_fonts")
BOX = PixelBox(24, 12, 48, 60)


def test_an_answer_that_meets_its_thing_overlaps_all_of_it():
    assert _overlap(located("At the top left.", [BOX]), BOX) > 0.9


def test_half_of_a_box_overlaps_half():
    half = PixelBox(BOX.left, BOX.top, BOX.left + BOX.area / 2 / (BOX.bottom - BOX.top), BOX.bottom)
    assert _overlap(located("Here.", [half]), BOX) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("answer", ["At the top left.", "At the<loc_5><loc_5>.", ""])
def test_an_answer_without_a_box_overlaps_nothing(answer):
    assert _overlap(answer, BOX) == 0


def test_marks_tell_the_middle_and_how_many_meet():
    marks = PlaceMarks((0.0, 0.6, 0.9))
    assert marks.median == 0.6
    assert marks.met == pytest.approx(200 / 3)


@pytest.mark.parametrize("task", PLACE_TASKS)
def test_every_item_has_a_box_within_the_picture(task):
    for sheet in place_exam(task, 5, seed=4, side=96):
        [box] = sheet.question.boxes
        assert 0 <= box.left < box.right <= SIDE
        assert 0 <= box.top < box.bottom <= SIDE


def test_the_shipped_model_that_points_meets_the_thing_and_not_by_guessing():
    model, processor = open_checkpoint(next(one for one in shipped() if one.name == "godwit-m"))
    sheets = place_exam("where", 12, seed=6)
    seeing = mark_places(model, processor, sheets)
    # The same questions, each about the next picture, which gives what guessing scores.
    others = zip(sheets, [*sheets[1:], sheets[0]], strict=True)
    guesses = [PlaceSheet(following.picture, sheet.question) for sheet, following in others]
    blind = mark_places(model, processor, guesses)
    assert seeing.median > 0.6
    assert blind.median < 0.3
