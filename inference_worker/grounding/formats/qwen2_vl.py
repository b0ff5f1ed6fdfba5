"""Qwen2-VL: a phrase between special tokens, and after it its boxes."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import box, divide_by, polygon, read_numbers, split_evenly
from inference_worker.grounding.phrases import PhraseReader, phrase_marks
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Qwen2-VL"
MODELS = "Qwen2-VL"
KINDS: tuple[DetectionKind, ...] = ("box", "polygon")
MEANING = (
    "`<|object_ref_start|>cat<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>`: x y x y"
    " in 1000 parts; `<|quad_start|>` has the corners of a quadrangle"
)
SOURCE = "model card"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<|object_ref_start|>the cat<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>",
        "the cat",
        (ExpectedPlace("the cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample(
        "<|quad_start|>(0,0),(500,0),(500,250),(0,250)<|quad_end|>",
        "(1)",
        (ExpectedPlace("", "polygon", (0.0, 0.0, 0.5, 0.0, 0.5, 0.25, 0.0, 0.25)),),
    ),
)


_scale = divide_by(1000)
_read = phrase_marks(
    ("<|object_ref_start|>", "<|object_ref_end|>"),
    {
        ("<|box_start|>", "<|box_end|>"): lambda body: [
            box(_scale, numbers) for numbers in split_evenly(read_numbers(body), 4)
        ],
        ("<|quad_start|>", "<|quad_end|>"): lambda body: [polygon(_scale, read_numbers(body))],
    },
)


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""
    return _read(ReadingBuilder(pictures))
