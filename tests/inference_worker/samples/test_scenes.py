from __future__ import annotations

import pytest

from inference_worker.samples.scenes import PixelBox, ScenePart
from inference_worker.samples.vocabulary import (
    COLOURS,
    HELD_OUT_PAIRS,
    SHAPES,
    emoji,
)
from tests.inference_worker.samples.scenery import thing


@pytest.mark.parametrize(
    ("left", "top", "region"),
    [
        (0, 0, ("top", "left")),
        (38, 0, ("top", "center")),
        (76, 38, ("middle", "right")),
        (38, 38, ("middle", "center")),
        (0, 76, ("bottom", "left")),
    ],
)
def test_a_part_knows_its_third(left, top, region):
    assert thing("red", "star", left, top).region == region


def test_a_part_on_the_last_line_is_still_inside():
    assert ScenePart(PixelBox(90, 90, 102, 102)).region == ("bottom", "right")


@pytest.mark.parametrize(
    ("other", "gap", "overlap"),
    [
        (PixelBox(5, 5, 15, 15), 0, True),
        (PixelBox(11, 0, 20, 10), 0, False),
        (PixelBox(11, 0, 20, 10), 2, True),
        (PixelBox(0, 20, 10, 30), 5, False),
    ],
)
def test_boxes_overlap(other, gap, overlap):
    box = PixelBox(0, 0, 10, 10)
    assert box.overlaps(other, gap) is overlap
    assert other.overlaps(box, gap) is overlap


def test_held_out_pairs_use_each_shape_once_so_that_every_shape_is_still_trained():
    assert sorted(shape for _, shape in HELD_OUT_PAIRS) == sorted(SHAPES)
    assert {colour for colour, _ in HELD_OUT_PAIRS} <= set(COLOURS)


def test_emoji_are_single_code_points_with_names_of_their_own():
    assert len(emoji()) == len(set(emoji().values())) == 280
    assert all(len(character) == 1 for character in emoji().values())


def test_emoji_have_the_right_article():
    vowels = [noun for noun in emoji() if noun.startswith("a ") and noun[2] in "aeio"]
    assert vowels == []
