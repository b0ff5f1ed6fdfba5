"""Many questions behind one picture.

The picture's cells are computed once; each question sees them and itself, and its positions count
on from the picture as if it stood alone. One batch in seven or so is a plain conversation instead,
so that later turns of a chat are not foreign to the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from inference_worker.demo_models.drills import TASK, drill
from inference_worker.demo_models.questions import Question, ask
from inference_worker.demo_models.scenes import GRID, Scene

CELLS: Final = GRID * GRID
PREFIX: Final = CELLS + 1  # the user mark, then the picture
_ROOM: Final = 100  # tokens of questions and answers behind one picture
_CHAT_SHARE: Final = 0.15
# Tasks take turns until the budget is spent; one that is learned late gets several places a turn.
_AT_ONCE: Final = {"relation": 3}
_DRILLED: Final = {"relation": 3, TASK: 3, "count": 2}
# Where a model is drilled, these answers count more: one token of three says all, of a few words.
_EMPHASIS: Final = {"relation": 4.0, TASK: 4.0}


@dataclass(frozen=True, slots=True)
class Packed:
    """Tokens, positions, labels (-100: none), weights of the labels in the loss (rows, length);
    mask (rows, 1, length, length)."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    labels: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Packed:
        tensors = (self.tokens, self.positions, self.mask, self.labels, self.weights)
        return Packed(*(tensor.to(device) for tensor in tensors))


class Packer:
    """Turns scenes into packed rows with one tokenizer.

    `room` is how many tokens of questions and answers go behind a picture in training; with
    `drills`, some of them are drills.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, *, room: int = _ROOM, drills: bool = False
    ) -> None:
        self._budget, self._drills = room, drills
        self._at_once = _DRILLED if drills else _AT_ONCE
        self._encode = cache(lambda text: tokenizer.encode(text, add_special_tokens=False))
        self._user, self._image, self._assistant, self.end, self._pad = (
            tokenizer.convert_tokens_to_ids(name)
            for name in ("<|user|>", "<image>", "<|assistant|>", "<|end|>", "<|pad|>")
        )

    def training(self, scenes: Sequence[Scene], rng: Random) -> Packed:
        """A batch with as many of each scene's questions as fit."""
        chosen = [self._fitting(scene, rng) for scene in scenes]
        return self.pack(chosen, chat=rng.random() < _CHAT_SHARE)

    def pack(self, rows: Sequence[Sequence[Question]], chat: bool = False) -> Packed:
        encoded = [self._row(questions, chat) for questions in rows]
        length = max(len(tokens) for tokens, *_ in encoded)
        tokens = self._padded([row[0] for row in encoded], length, self._pad)
        segments = self._padded([row[1] for row in encoded], length, -1)
        labels = self._padded([row[2] for row in encoded], length, -100)
        weights = self._padded([row[3] for row in encoded], length, 0)
        if chat:
            segments = segments.clamp_max(0)
        return Packed(tokens, _positions(segments), _mask(segments), labels, weights)

    def _fitting(self, scene: Scene, rng: Random) -> list[Question]:
        seen: Counter[str] = Counter()
        turns = []
        for question in self._questions(scene, rng):
            turn = seen[question.task] // self._at_once.get(question.task, 1)
            turns.append((turn, rng.random(), question))
            seen[question.task] += 1
        room, chosen = self._budget, []
        for _, _, question in sorted(turns, key=lambda turn: turn[:2]):
            cost = len(self._encode(question.prompt)) + len(self._encode(question.answer)) + 3
            if cost <= room:
                room -= cost
                chosen.append(question)
        return chosen

    def _questions(self, scene: Scene, rng: Random) -> list[Question]:
        if scene.kind != "shapes":
            return ask(scene, rng) + ask(scene, rng)
        return ask(scene, rng) + (ask(scene, rng) + drill(scene, rng) if self._drills else [])

    def _row(
        self, questions: Sequence[Question], chat: bool
    ) -> tuple[list[int], list[int], list[int], list[float]]:
        """Tokens, segment numbers (0 is the picture), labels and their weights of one row."""
        tokens = [self._user] + [self._image] * CELLS
        segments, labels, weights = [0] * PREFIX, [-100] * PREFIX, [0.0] * PREFIX
        for number, question in enumerate(questions, 1):
            start = [self._user] if chat and number > 1 else []
            start = [*start, *self._encode(question.prompt), self._assistant]
            answer = [*self._encode(question.answer), self.end]
            tokens += start + answer
            segments += [number] * (len(start) + len(answer))
            labels += [-100] * len(start) + answer
            weight = _EMPHASIS.get(question.task, 1.0) if self._drills else 1.0
            weights += [0.0] * len(start) + [weight] * len(answer)
        return tokens, segments, labels, weights

    @staticmethod
    def _padded(rows: Sequence[list[int] | list[float]], length: int, value: int) -> Tensor:
        return torch.tensor([row + [value] * (length - len(row)) for row in rows])


def _positions(segments: Tensor) -> Tensor:
    """Each segment's positions go on from the picture's."""
    places = torch.arange(segments.shape[1]).expand_as(segments)
    fresh = torch.ones_like(segments, dtype=torch.bool)
    fresh[:, 1:] = segments[:, 1:] != segments[:, :-1]
    starts = torch.where(fresh, places, 0).cummax(1).values
    return torch.where(segments > 0, places - starts + PREFIX, places)


def _mask(segments: Tensor) -> Tensor:
    length = segments.shape[1]
    own = segments.unsqueeze(2) == segments.unsqueeze(1)
    picture = (segments == 0).unsqueeze(1)
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    return ((own | picture) & causal).unsqueeze(1)
