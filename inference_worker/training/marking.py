"""Count the items of an exam that a model answers word for word.

Greedy decoding gives the whole answer exactly when every token of it is the likeliest one after the
right tokens before it, so one forward pass marks an item as `generate` would.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from inference_worker.samples.conversations import single
from inference_worker.samples.questions import TASKS
from inference_worker.training.exam import ExamSheet
from inference_worker.training.forward import answer_logits, look
from inference_worker.training.packing import BatchPacker

_BATCH: Final = 16
_Z: Final = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class TaskMark:
    right: int
    asked: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.asked

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % score interval in percent (Wilson 1927, J. Am. Stat. Assoc. 22, 209)."""
        share, spread = self.right / self.asked, _Z * _Z / self.asked
        middle = (share + spread / 2) / (1 + spread)
        half = _Z / (1 + spread) * math.sqrt((share * (1 - share) + spread / 4) / self.asked)
        return max(0.0, 100 * (middle - half)), min(100.0, 100 * (middle + half))


Marks = dict[str, TaskMark]


def mean(marks: Marks) -> float:
    """Mean over tasks, in percent."""
    return sum(mark.percent for mark in marks.values()) / len(marks)


def open_checkpoint(folder: Path) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """Model in float32 and processor, as any folder of the Hub's layout loads."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoProcessor.from_pretrained(folder)


def mark(
    model: LlavaForConditionalGeneration, processor: LlavaProcessor, sheets: Sequence[ExamSheet]
) -> Marks:
    """Marks by task, in the order of TASKS."""
    right: dict[str, list[bool]] = defaultdict(list)
    for task, hit in answered(model, processor, sheets):
        right[task].append(hit)
    return {task: TaskMark(sum(right[task]), len(right[task])) for task in TASKS if right[task]}


@torch.inference_mode()
def answered(
    model: LlavaForConditionalGeneration, processor: LlavaProcessor, sheets: Sequence[ExamSheet]
) -> list[tuple[str, bool]]:
    """Return the task of each question, in their order, and whether its answer is right."""
    packer = BatchPacker(processor.tokenizer)
    found: list[tuple[str, bool]] = []
    for start in range(0, len(sheets), _BATCH):
        batch = sheets[start : start + _BATCH]
        packed = packer.pack([[single(one) for one in sheet.questions] for sheet in batch])
        pictures = [sheet.picture for sheet in batch]
        pixels = processor.image_processor(pictures, return_tensors="pt")["pixel_values"]
        cells = look(model, pixels.to(model.device))
        logits, targets = answer_logits(model, cells, packed.to(model.device))
        tasks = [question.task for sheet in batch for question in sheet.questions]
        found += zip(tasks, right_answers(logits.argmax(-1), targets, packer), strict=True)
    return found


def right_answers(said: Tensor, targets: Tensor, packer: BatchPacker) -> list[bool]:
    """Return for each answer whether it is right, word for word.

    Of a place any location counts here: the exam of places says how well it is met.
    """
    locations = packer.locations
    places = (targets >= locations.start) & (targets < locations.stop)
    placed = (said >= locations.start) & (said < locations.stop)
    return _by_answer((said == targets) | (places & placed), targets, packer.end)


def _by_answer(right: Tensor, targets: Tensor, end: int) -> list[bool]:
    """Return for each answer whether all tokens up to its end mark are right."""
    ends = (targets == end).nonzero().flatten() + 1
    sizes = torch.diff(ends, prepend=ends.new_zeros(1)).tolist()
    return [bool(part.all()) for part in right.split(sizes)]
