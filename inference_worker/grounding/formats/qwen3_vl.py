"""Qwen3-VL and 3.5: JSON in 1000 parts."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Qwen3-VL"
MODELS = "Qwen3-VL, Qwen3.5"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    '`[{"bbox_2d": [x1, y1, x2, y2], "label": "…"}]`, `"point_2d": [x, y]`: in 1000 parts; drifts'
    ' to `box_2d`, `description`, `{"detections": […]}`'
)
SOURCE = "supervision; Roboflow's `qwen_detection_parsing`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '```json\n[{"bbox_2d": [100, 200, 300, 400], "label": "cat"},'
        ' {"point_2d": [500, 500], "label": "nose"}]\n```',
        "cat, nose",
        (
            ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),
            ExpectedPlace("nose", "point", (0.5, 0.5)),
        ),
    ),
    FormatExample(
        'Here: {"detections": [{"box_2d": [100, 200, 300, 400], "description": "cat"}]}.',
        "Here: cat.",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("bbox_2d", "box_2d"), points=("point_2d", "point"))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1000))
