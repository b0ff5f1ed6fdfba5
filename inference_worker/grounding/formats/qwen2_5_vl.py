"""Qwen2.5-VL: JSON in pixels of the picture as its processor resized it."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Qwen2.5-VL"
MODELS = "Qwen2.5-VL"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    '`[{"bbox_2d": [x1, y1, x2, y2], "label": "…"}]`, also `"point_2d": [x, y]`: **pixels of the'
    " resized picture**, whose sides are multiples of 28"
)
SOURCE = "supervision"
SIZE: SizeNeed = "seen"
EXAMPLES = (
    FormatExample(
        '```json\n[{"bbox_2d": [98, 126, 294, 252], "label": "cat"},'
        ' {"point_2d": [490, 252], "label": "nose"}]\n```',
        "cat, nose",
        (
            ExpectedPlace("cat", "box", (0.1, 0.25, 0.3, 0.5)),
            ExpectedPlace("nose", "point", (0.5, 0.5)),
        ),
        (PictureSize(980, 504),),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("bbox_2d",), points=("point_2d",))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(
        ReadingBuilder(pictures), _SYNTAX, divide_by(pictures[0].width, pictures[0].height)
    )
