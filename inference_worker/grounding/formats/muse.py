"""Muse: JSON with named numbers in 1000 parts."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Muse"
MODELS = "Muse"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = '`[{"x_min": …, "y_min": …, "x_max": …, "y_max": …, "label": "…"}]`: in 1000 parts'
SOURCE = "Roboflow's `muse_detection_parsing`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '[{"x_min": 100, "y_min": 200, "x_max": 300, "y_max": 400, "label": "cat"}]',
        "cat",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
)


_SYNTAX = ObjectSyntax(corners=("x_min", "y_min", "x_max", "y_max"))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1000))
