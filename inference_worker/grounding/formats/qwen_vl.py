"""Qwen-VL: a phrase in tags, and after it its boxes."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import box, divide_by, polygon, read_numbers, split_evenly
from inference_worker.grounding.phrases import PhraseReader, phrase_marks
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Qwen-VL"
MODELS = "Qwen-VL (the first)"
KINDS: tuple[DetectionKind, ...] = ("box", "polygon")
MEANING = (
    "`<ref>cat</ref><box>(100,200),(300,400)</box>`: x y x y in 1000 parts; `<quad>` has the"
    " corners of a quadrangle"
)
SOURCE = "model README"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<ref>the cat</ref><box>(100,200),(300,400)</box>",
        "the cat",
        (ExpectedPlace("the cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample(
        "<quad>(0,0),(500,0),(500,250),(0,250)</quad>",
        "(1)",
        (ExpectedPlace("", "polygon", (0.0, 0.0, 0.5, 0.0, 0.5, 0.25, 0.0, 0.25)),),
    ),
)


_scale = divide_by(1000)
_read = phrase_marks(
    ("<ref>", "</ref>"),
    {
        ("<box>", "</box>"): lambda body: [
            box(_scale, numbers) for numbers in split_evenly(read_numbers(body), 4)
        ],
        ("<quad>", "</quad>"): lambda body: [polygon(_scale, read_numbers(body))],
    },
)


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""
    return _read(ReadingBuilder(pictures))
