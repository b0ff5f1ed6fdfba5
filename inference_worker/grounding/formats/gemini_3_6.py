"""Gemini 3.6 and 3.7: JSON in 1000 parts, y first, with outlines x first."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Gemini 3.6"
MODELS = "Gemini 3.6, 3.7"
KINDS: tuple[DetectionKind, ...] = ("box", "point", "polygon")
MEANING = (
    '`{"boxes": [{"box_2d": [y1, x1, y2, x2], "label": "…", "mask": [[x, y], …]}]}`: in 1000 parts;'
    " boxes and points **y first**, the outline x first"
)
SOURCE = "supervision"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '{"boxes": [{"box_2d": [200, 100, 400, 300], "label": "cat",'
        ' "mask": [[100, 200], [300, 200], [300, 400]]}, {"point": [250, 750], "label": "nose"}]}',
        "cat, nose",
        (
            ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),
            ExpectedPlace("cat", "polygon", (0.1, 0.2, 0.3, 0.2, 0.3, 0.4)),
            ExpectedPlace("nose", "point", (0.75, 0.25)),
        ),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("box_2d",), points=("point",), polygons=("mask",), y_first=True)


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1000))
