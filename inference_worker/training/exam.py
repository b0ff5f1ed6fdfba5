"""Held-out items by task: which scenes are drawn, and what is asked about each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Final

from PIL import Image

from inference_worker.samples.compose import Split, compose
from inference_worker.samples.drawing import draw
from inference_worker.samples.questions import TASKS, PictureQuestion, ask
from inference_worker.samples.scenes import Kind

SIDE: Final = 288  # pixels of an upload: three times what the models see
_PER_SCENE: Final = 2  # items of one task that one scene may give
_KIND_TASKS: Final[dict[Kind, tuple[str, ...]]] = {
    "shapes": TASKS[:7],
    "text": TASKS[7:11],
    "bars": TASKS[11:13],
    "emoji": TASKS[13:],
}


@dataclass(frozen=True, slots=True)
class ExamSheet:
    """A picture and the questions asked about it."""

    kind: Kind
    picture: Image.Image
    questions: tuple[PictureQuestion, ...]


def exam(items: int, seed: int, split: Split = "held_out", side: int = SIDE) -> list[ExamSheet]:
    """Return at least `items` questions of every task; composition scenes have only shapes."""
    kinds: tuple[Kind, ...] = ("shapes",) if split == "composition" else tuple(_KIND_TASKS)
    sheets = []
    for kind in kinds:
        asked: Counter[str] = Counter()
        indices = count(seed * 1_000_000)
        while any(asked[task] < items for task in _KIND_TASKS[kind]):
            index = next(indices)
            scene = compose(split, kind, index)
            here: Counter[str] = Counter()
            chosen = []
            for question in ask(scene, Random(f"exam/{index}")):
                if asked[question.task] < items and here[question.task] < _PER_SCENE:
                    chosen.append(question)
                    here[question.task] += 1
                    asked[question.task] += 1
            if chosen:
                sheets.append(ExamSheet(kind, draw(scene, side, 1), tuple(chosen)))
    return sheets


def shuffled(sheets: list[ExamSheet]) -> list[ExamSheet]:
    """The same questions, each about another picture of its kind: what guessing alone scores."""
    moved = []
    for kind in _KIND_TASKS:
        same = [sheet for sheet in sheets if sheet.kind == kind]
        pictures = [sheet.picture for sheet in same[1:] + same[:1]]
        pairs = zip(same, pictures, strict=True)
        moved += [replace(sheet, picture=picture) for sheet, picture in pairs]
    return moved
