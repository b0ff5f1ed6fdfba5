"""Grok: JSON in percent."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Grok"
MODELS = "Grok"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = '`[{"box_2d": [x1, y1, x2, y2], "label": "…"}]`: **percent**'
SOURCE = "Roboflow's documentation"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '[{"box_2d": [10, 20.0, 30, 40], "label": "cat"}]',
        "cat",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("box_2d",))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(100))
