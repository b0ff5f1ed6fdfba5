"""Answers in the form that models publish, with the pixels that each place must have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_worker import grounding
from inference_worker.grounding.reading import PictureSize, read_whole

ANSWERS = json.loads(Path(__file__).with_name("published_answers.json").read_text())
HALF_A_PIXEL = 0.5


def in_pixels(read, kind, size):
    return [
        [number * size[at % 2] for at, number in enumerate(found.coordinates)]
        for found in read.detections
        if found.kind == kind
    ]


@pytest.mark.parametrize(
    "case", [case for case in ANSWERS if case["format"] != "any"], ids=lambda case: case["format"]
)
def test_each_place_lies_within_half_a_pixel(case):
    size = case["picture"]
    seen = PictureSize(*case.get("seen", size))
    read = read_whole(grounding.create_reader(case["format"], [seen]), case["answer"])
    for kind, expected in (("box", case["boxes"]), ("point", case["points"])):
        found = in_pixels(read, kind, size)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert one == pytest.approx(other, abs=HALF_A_PIXEL)
    assert [found.label for found in read.detections] == case["labels"]
    assert read.text == case.get("visible", read.text)


@pytest.mark.parametrize("case", [case for case in ANSWERS if case["format"] == "any"])
@pytest.mark.parametrize("key", grounding.available())
def test_a_hostile_answer_draws_nothing_outside(key, case):
    size = PictureSize(*case["picture"])
    read = read_whole(grounding.create_reader(key, [size]), case["answer"])
    for found in read.detections:
        assert all(0 <= number <= 1 for number in found.coordinates)
