"""Gemini 2 to 3.5: JSON in 1000 parts, y first."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Gemini"
MODELS = "Gemini 2 to 3.5"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    '`[{"box_2d": [y1, x1, y2, x2], "label": "…", "mask": "data:…"}]`, `{"point": [y, x]}`:'
    " **y first**, in 1000 parts; the mask is not drawn"
)
SOURCE = "supervision; Google's cookbook"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '```json\n[{"box_2d": [200, 100, 400, 300], "label": "cat",'
        ' "mask": "data:image/png;base64,iV"}'
        ', {"point": [500, 500], "label": "nose"}]\n```',
        "cat, nose",
        (
            ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),
            ExpectedPlace("nose", "point", (0.5, 0.5)),
        ),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("box_2d",), points=("point",), y_first=True)


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1000))
