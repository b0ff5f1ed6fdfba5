"""Claude: JSON in pixels of the picture as it was resized before the model saw it."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import divide_by
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Claude"
MODELS = "Claude"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = (
    '`{"box_2d": [x1, y1, x2, y2], "label": "…"}`: **pixels of its own resize** of the picture'
)
SOURCE = "Roboflow's documentation"
SIZE: SizeNeed = "seen"
EXAMPLES = (
    FormatExample(
        '{"box_2d": [100, 100, 300, 200], "label": "cat"}',
        "cat",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
)


_SYNTAX = ObjectSyntax(boxes=("box_2d",))


def create_reader(pictures: Sequence[PictureSize]) -> ListingReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return ListingReader(
        ReadingBuilder(pictures), _SYNTAX, divide_by(pictures[0].width, pictures[0].height)
    )
