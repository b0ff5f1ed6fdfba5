"""Molmo 2: elements with points of numbered pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    PlacedShape,
    UnreadablePlace,
    divide_by,
    point,
    read_numbers,
    split_evenly,
)
from inference_worker.grounding.points import PointReader
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Molmo 2"
MODELS = "Molmo 2"
KINDS: tuple[DetectionKind, ...] = ("point",)
MEANING = (
    '`<points coords="1 1 990 800 2 911 800">cats</points>`: the picture from 1, then number, x, y'
    " in 1000 parts for each point; pictures are split by a tab or `;`"
)
SOURCE = "molmo2, `point_formatter`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '<points coords="1 1 990 800 2 911 800">cats</points>',
        "cats",
        (
            ExpectedPlace("cats", "point", (0.99, 0.8)),
            ExpectedPlace("cats", "point", (0.911, 0.8)),
        ),
    ),
    FormatExample(
        'One <points coords="1 1 100 200;2 2 900 900">dog</points> in each.',
        "One dog in each.",
        (
            ExpectedPlace("dog", "point", (0.1, 0.2)),
            ExpectedPlace("dog", "point", (0.9, 0.9), picture=1),
        ),
        (PictureSize(1000, 500), PictureSize(640, 480)),
    ),
)


_scale = divide_by(1000)


def create_reader(pictures: Sequence[PictureSize]) -> PointReader:
    """Return a reader for one answer; a point in a picture that isn't there can't be read."""

    def places(attributes: Mapping[str, str]) -> list[PlacedShape]:
        shapes: list[PlacedShape] = []
        for group in re.split(r"[;\t]", attributes.get("coords", "")):
            picture, *numbers = read_numbers(group)
            if not (picture.is_integer() and 1 <= picture <= len(pictures)):
                raise UnreadablePlace("no picture of that number")
            triples = split_evenly(numbers, 3)
            shapes += [point(_scale, triple[1:], int(picture) - 1) for triple in triples]
        return shapes

    return PointReader(ReadingBuilder(pictures), places)
