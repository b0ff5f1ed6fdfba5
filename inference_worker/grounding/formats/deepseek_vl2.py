"""DeepSeek-VL2 and DeepSeek-OCR: a phrase between special tokens, and after it its boxes."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import box, divide_by, read_numbers, split_evenly
from inference_worker.grounding.phrases import PhraseReader, phrase_marks
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "DeepSeek-VL2"
MODELS = "DeepSeek-VL2, DeepSeek-OCR"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = "`<|ref|>cat<|/ref|><|det|>[[x1,y1,x2,y2],…]<|/det|>`: x y x y from 0 to 999"
SOURCE = "supervision"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<|ref|>the cat<|/ref|><|det|>[[0, 333, 666, 999]]<|/det|>",
        "the cat",
        (ExpectedPlace("the cat", "box", (0.0, 1 / 3, 2 / 3, 1.0)),),
    ),
)


_scale = divide_by(999)
_read = phrase_marks(
    ("<|ref|>", "<|/ref|>"),
    {
        ("<|det|>", "<|/det|>"): lambda body: [
            box(_scale, numbers) for numbers in split_evenly(read_numbers(body), 4)
        ],
    },
    dropped=("<|grounding|>",),
)


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""
    return _read(ReadingBuilder(pictures))
