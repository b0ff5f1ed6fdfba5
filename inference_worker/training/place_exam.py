"""How well a model points: the boxes that it writes, read as the arena reads them.

Each held-out scene is asked once where a thing is. The answer is generated, and read with the
format's own reader. The measure is the intersection over union of the box with the thing's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from statistics import median
from typing import Final

import torch
from PIL import Image
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from inference_worker import grounding
from inference_worker.grounding.reading import PictureSize, read_whole
from inference_worker.samples.compose import Split, compose
from inference_worker.samples.conversations import point
from inference_worker.samples.drawing import draw
from inference_worker.samples.questions import PictureQuestion, ask
from inference_worker.samples.scenes import SIDE as UNITS
from inference_worker.samples.scenes import PixelBox
from inference_worker.training.exam import SIDE
from inference_worker.training.locations import FORMAT

_BATCH: Final = 25
HALF: Final = 0.5
PLACE_TASKS: Final = ("where", "point")


@dataclass(frozen=True, slots=True)
class PlaceSheet:
    """A picture, a question about one thing in it, and the box of that thing."""

    picture: Image.Image
    question: PictureQuestion


@dataclass(frozen=True, slots=True)
class PlaceMarks:
    """The intersection over union of each item; 0 where the answer has no box."""

    overlaps: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.overlaps)

    @property
    def met(self) -> float:
        """Percent of the items with an overlap of at least one half."""
        return 100 * sum(overlap >= HALF for overlap in self.overlaps) / len(self.overlaps)


def place_exam(
    task: str, items: int, seed: int, split: Split = "held_out", side: int = SIDE
) -> list[PlaceSheet]:
    """Return so many scenes that are never trained on, with one question each."""
    sheets: list[PlaceSheet] = []
    indices = count(seed * 1_000_000 + 700_000)
    while len(sheets) < items:
        index = next(indices)
        scene, rng = compose(split, "shapes", index), Random(f"places/{index}")
        asked = [one for one in ask(scene, rng) + point(scene, rng) if one.task == task]
        if asked:
            sheets.append(PlaceSheet(draw(scene, side, 1), asked[0]))
    return sheets


@torch.inference_mode()
def mark_places(
    model: LlavaForConditionalGeneration, processor: LlavaProcessor, sheets: Sequence[PlaceSheet]
) -> PlaceMarks:
    overlaps: list[float] = []
    for start in range(0, len(sheets), _BATCH):
        batch, texts = sheets[start : start + _BATCH], []
        for sheet in batch:
            content = [{"type": "image"}, {"type": "text", "text": sheet.question.prompt}]
            messages = [{"role": "user", "content": content}]
            texts.append(processor.apply_chat_template(messages, add_generation_prompt=True))
        pictures = [[sheet.picture] for sheet in batch]
        inputs = processor(text=texts, images=pictures, return_tensors="pt", padding=True)
        inputs.pop("token_type_ids", None)
        tokens = model.generate(**inputs.to(model.device), do_sample=False)
        answers = processor.tokenizer.batch_decode(
            tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        for sheet, said in zip(batch, answers, strict=True):
            overlaps.append(_overlap(said, sheet.question.boxes[0]))
    return PlaceMarks(tuple(overlaps))


def _overlap(answer: str, box: PixelBox) -> float:
    reading = read_whole(grounding.create_reader(FORMAT, [PictureSize(SIDE, SIDE)]), answer)
    found = next((one for one in reading.detections if one.kind == "box"), None)
    if found is None:
        return 0.0
    left, top, right, bottom = (UNITS * number for number in found.coordinates)
    across = max(0.0, min(right, box.right) - max(left, box.left))
    down = max(0.0, min(bottom, box.bottom) - max(top, box.top))
    shared = across * down
    union = (right - left) * (bottom - top) + box.area - shared
    return shared / union
