"""GPT-5 and 5.1: JSON with named fractions."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "GPT-5"
MODELS = "GPT-5, GPT-5.1"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = (
    '`{"detections": [{"x_min": …, "y_min": …, "x_max": …, "y_max": …, "label": "…"}]}`:'
    " fractions from 0 to 1"
)
SOURCE = "Roboflow's documentation and `gemini_detection_parsing`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        '{"detections": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4,'
        ' "label": "cat"}]}',
        "cat",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
)


_SYNTAX = ObjectSyntax(corners=("x_min", "y_min", "x_max", "y_max"))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(ReadingBuilder(pictures), _SYNTAX, divide_by(1))
