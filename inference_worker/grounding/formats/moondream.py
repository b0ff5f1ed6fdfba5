"""Moondream: JSON with named fractions and without labels."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Moondream"
MODELS = "Moondream 2 and 3"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    '`{"objects": [{"x_min": …, "y_min": …, "x_max": …, "y_max": …}]}`, `{"points": [{"x": …,'
    ' "y": …}]}`: fractions from 0 to 1'
)
SOURCE = "supervision"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4}]}',
        "(1)",
        (ExpectedPlace("", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample(
        '{"points": [{"x": 0.5, "y": 0.25}, {"x": 0.75, "y": 1}]}',
        "(1), (2)",
        (
            ExpectedPlace("", "point", (0.5, 0.25)),
            ExpectedPlace("", "point", (0.75, 1.0)),
        ),
    ),
)


_SYNTAX = ObjectSyntax(corners=("x_min", "y_min", "x_max", "y_max"), coordinates=("x", "y"))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1))
