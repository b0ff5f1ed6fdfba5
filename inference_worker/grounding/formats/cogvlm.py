"""CogVLM: places in double brackets behind the words that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    PlacedShape,
    divide_by,
    points_or_boxes,
    read_numbers,
)
from inference_worker.grounding.marks import MarkSyntax
from inference_worker.grounding.phrases import PhraseReader
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "CogVLM"
MODELS = "CogVLM, CogAgent"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    "`a cat [[000,111,222,333]]`: x y x y in 1000 parts, further places behind `;`; the phrase has"
    " no mark, so the place stands in the text as a number"
)
SOURCE = "CogVLM, its `grounding_parser`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "A cat [[000,111,222,333;500,500,600,600]] looks at a nose [[500,250]].",
        "A cat (1) (2) looks at a nose (3).",
        (
            ExpectedPlace("", "box", (0.0, 0.111, 0.222, 0.333)),
            ExpectedPlace("", "box", (0.5, 0.5, 0.6, 0.6)),
            ExpectedPlace("", "point", (0.5, 0.25)),
        ),
    ),
)


_scale = divide_by(1000)
_PLACES = MarkSyntax("[[", "]]", r"[\d,;.\s-]", ambiguous=True)


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""

    def read(body: str) -> list[PlacedShape]:
        return points_or_boxes(_scale, [read_numbers(group) for group in body.split(";")])

    bodies = {_PLACES.opening: read}
    return PhraseReader(ReadingBuilder(pictures), (_PLACES,), ("", ""), bodies)
