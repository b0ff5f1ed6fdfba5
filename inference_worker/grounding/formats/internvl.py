"""InternVL: a phrase in tags, and after it a list of its boxes."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import box, divide_by, read_numbers, split_evenly
from inference_worker.grounding.phrases import PhraseReader, phrase_marks
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "InternVL"
MODELS = "InternVL 2 to 3"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = "`<ref>cat</ref><box>[[100, 200, 300, 400]]</box>`: x y x y in 1000 parts"
SOURCE = "VLMEvalKit"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<ref>the cat</ref><box>[[100, 200, 300, 400]]</box> sleeps.",
        "the cat sleeps.",
        (ExpectedPlace("the cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample(
        "<ref>cats</ref><box>[[0, 0, 500, 500], [500, 500, 1000, 1000]]</box>",
        "cats",
        (
            ExpectedPlace("cats", "box", (0.0, 0.0, 0.5, 0.5)),
            ExpectedPlace("cats", "box", (0.5, 0.5, 1.0, 1.0)),
        ),
    ),
)


_scale = divide_by(1000)
_read = phrase_marks(
    ("<ref>", "</ref>"),
    {
        ("<box>", "</box>"): lambda body: [
            box(_scale, numbers) for numbers in split_evenly(read_numbers(body), 4)
        ],
    },
)


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""
    return _read(ReadingBuilder(pictures))
