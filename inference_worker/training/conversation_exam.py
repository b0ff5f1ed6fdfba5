"""Held-out conversations by task, of which the last answer alone is marked.

The earlier answers are given, as a model in the arena gets its own ones back. A task is what the
last turn needs: the turn before it, both turns before it, or one of two pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from random import Random
from typing import Final

import torch
from PIL import Image
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from inference_worker.samples.compose import compose
from inference_worker.samples.conversations import TALK_TASKS, PictureConversation, talk
from inference_worker.samples.drawing import draw
from inference_worker.samples.picture_pairs import later, together
from inference_worker.training.exam import SIDE
from inference_worker.training.forward import answer_logits, look
from inference_worker.training.marking import Marks, TaskMark, right_answers
from inference_worker.training.packing import BatchPacker
from inference_worker.training.store import kinds

_BATCH: Final = 16


@dataclass(frozen=True, slots=True)
class ConversationSheet:
    """A conversation and its pictures, in the order in which they come."""

    pictures: tuple[Image.Image, ...]
    conversation: PictureConversation


def conversation_exam(items: int, seed: int, side: int = SIDE) -> list[ConversationSheet]:
    """Return `items` conversations of every task, about scenes that are never trained on."""
    return [sheet for task in TALK_TASKS for sheet in islice(_sheets(task, seed, side), items)]


def _sheets(task: str, seed: int, side: int) -> Iterator[ConversationSheet]:
    rng = Random(f"conversations/{task}/{seed}")
    needs_shapes = task == "which picture"
    drawn = (
        compose("held_out", "shapes" if needs_shapes else kinds(1, seed=index)[0], index)
        for index in count(seed * 1_000_000 + 500_000)
    )
    for one in drawn:
        other = next(drawn)
        asked: PictureConversation | None
        if task in TALK_TASKS[:2]:
            asked = talk(one, rng, 2 + TALK_TASKS.index(task))
        elif task == "new picture":
            asked = later(one, other, rng)
        else:
            fitting = [each for each in together(one, other, rng) if each.task == task]
            asked = rng.choice(fitting) if fitting else None
        if asked is not None:
            shown = (one, other)[: sum(asked.pictures)]
            yield ConversationSheet(tuple(draw(scene, side, 1) for scene in shown), asked)


def other_pictures(sheets: Sequence[ConversationSheet]) -> list[ConversationSheet]:
    """Return the same conversations, each about the pictures of the next of its task."""
    moved = []
    for task in TALK_TASKS:
        same = [sheet for sheet in sheets if sheet.conversation.task == task]
        pairs = zip(same, same[1:] + same[:1], strict=True)
        moved += [
            replace(sheet, pictures=(following.pictures * 2)[: len(sheet.pictures)])
            for sheet, following in pairs
        ]
    return moved


@torch.inference_mode()
def mark_conversations(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    sheets: Sequence[ConversationSheet],
) -> Marks:
    """Return marks by task, in the order of TALK_TASKS."""
    packer = BatchPacker(processor.tokenizer)
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, len(sheets), _BATCH):
        batch = sheets[start : start + _BATCH]
        shown = [picture for sheet in batch for picture in sheet.pictures]
        packed = packer.pack([[sheet.conversation] for sheet in batch], range(len(shown)))
        pixels = processor.image_processor(shown, return_tensors="pt")["pixel_values"]
        cells = look(model, pixels.to(model.device))
        logits, targets = answer_logits(model, cells, packed.to(model.device))
        hits = iter(right_answers(logits.argmax(-1), targets, packer))
        for sheet, answers in zip(
            batch, (packed.labels == packer.end).sum(1).tolist(), strict=True
        ):
            right[sheet.conversation.task].append([next(hits) for _ in range(answers)][-1])
    return {
        task: TaskMark(sum(right[task]), len(right[task])) for task in TALK_TASKS if right[task]
    }
