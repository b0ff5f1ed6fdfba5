"""Many conversations behind one picture.

The picture's cells are computed once; each conversation, most of them a single question, sees them
and itself, and its positions count on from the picture as if it stood alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from random import Random
from typing import Final

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from inference_worker.samples.conversations import PictureConversation
from inference_worker.samples.questions import PictureQuestion
from inference_worker.samples.scenes import GRID, DrawnScene
from inference_worker.training.drills import TASK
from inference_worker.training.lessons import LessonPlan
from inference_worker.training.locations import located, location_ids

CELLS: Final = GRID * GRID
PREFIX: Final = CELLS + 1  # the user mark, then the picture
# Where a model is drilled, these answers count more: one token of three says all, of a few words.
_EMPHASIS: Final = {"relation": 4.0, TASK: 4.0}
_LOCATION_WEIGHT: Final = 0.6  # of a location token: the words around it must not be drowned
_NONE: Final = -100


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """Tokens, positions, labels (-100: none), weights of the labels in the loss (rows, length);
    mask (rows, 1, length, length). `cells` tells which tokens are cells of a picture, and
    `pictures` which pictures of the batch these are, row by row."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    labels: Tensor
    weights: Tensor
    cells: Tensor
    pictures: Tensor

    def to(self, device: torch.device) -> PackedBatch:
        return PackedBatch(*(getattr(self, one.name).to(device) for one in fields(self)))


@dataclass(slots=True)
class _PackedRow:
    """The tokens of one row as they come; segment 0 is what all conversations see."""

    tokens: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, tokens: list[int], segment: int, weights: list[float] | None = None) -> None:
        """Append tokens; they are learned where they have weights."""
        self.tokens += tokens
        self.segments += [segment] * len(tokens)
        self.labels += tokens if weights else [_NONE] * len(tokens)
        self.weights += weights or [0.0] * len(tokens)


class BatchPacker:
    """Turns scenes into packed rows with one tokenizer; `plan` says what is asked in training."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, plan: LessonPlan | None = None) -> None:
        self._plan = plan or LessonPlan()
        self._encode = cache(lambda text: tokenizer.encode(text, add_special_tokens=False))
        self.locations = location_ids(tokenizer)
        self._user, self._image, self._assistant, self.end, self._pad = (
            tokenizer.convert_tokens_to_ids(name)
            for name in ("<|user|>", "<image>", "<|assistant|>", "<|end|>", "<|pad|>")
        )

    def training(self, scenes: Sequence[DrawnScene], rng: Random) -> PackedBatch:
        """A batch with as many of each scene's questions as fit."""
        planned = self._plan.batch(scenes, rng, self._cost)
        return self.pack(planned.rows, planned.pictures)

    def pack(
        self,
        rows: Sequence[Sequence[PictureConversation]],
        pictures: Sequence[int] | None = None,
    ) -> PackedBatch:
        """Pack conversations that begin with the same pictures in a row each.

        `pictures` are those of the batch that stand in the rows, in turn; without it each row has
        its own one.
        """
        packed: list[_PackedRow] = []
        for conversations in rows:
            row = _PackedRow()
            first = conversations[0].pictures[0]
            row.add([self._user] + [self._image] * (CELLS * first), 0)
            for segment, conversation in enumerate(conversations, 1):
                self._add(row, conversation, segment)
            packed.append(row)
        length = max(len(row.tokens) for row in packed)
        tokens = _padded([row.tokens for row in packed], length, self._pad)
        segments = _padded([row.segments for row in packed], length, -1)
        # Each segment's positions go on from the picture's.
        places = torch.arange(segments.shape[1]).expand_as(segments)
        fresh = torch.ones_like(segments, dtype=torch.bool)
        fresh[:, 1:] = segments[:, 1:] != segments[:, :-1]
        starts = torch.where(fresh, places, 0).cummax(1).values
        prefix = (segments == 0).sum(1, keepdim=True)
        span = segments.shape[1]
        own = segments.unsqueeze(2) == segments.unsqueeze(1)
        picture = (segments == 0).unsqueeze(1)
        causal = torch.ones(span, span, dtype=torch.bool).tril()
        return PackedBatch(
            tokens,
            torch.where(segments > 0, places - starts + prefix, places),
            ((own | picture) & causal).unsqueeze(1),
            _padded([row.labels for row in packed], length, _NONE),
            _padded([row.weights for row in packed], length, 0),
            tokens == self._image,
            torch.tensor(range(len(rows)) if pictures is None else pictures),
        )

    def _cost(self, conversation: PictureConversation) -> int:
        answers = (self._answer(turn) for turn in conversation.turns)
        prompts = (self._encode(turn.prompt) for turn in conversation.turns)
        return sum(map(len, answers)) + sum(map(len, prompts)) + 2 * len(conversation.turns)

    def _add(self, row: _PackedRow, conversation: PictureConversation, segment: int) -> None:
        last = len(conversation.turns) - 1
        for number, turn in enumerate(conversation.turns):
            if number:
                fresh = conversation.pictures[number] if number < len(conversation.pictures) else 0
                row.add([self._user] + [self._image] * (CELLS * fresh), segment)
            row.add([*self._encode(turn.prompt), self._assistant], segment)
            if number < last and turn.boxes and self.locations:
                # A conversation is sent back in the words that were read, without the marks.
                row.add([*self._encode(turn.answer), self.end], segment)
            else:
                answer = self._answer(turn)
                own = _EMPHASIS.get(turn.task, 1.0) if self._plan.drills else 1.0
                weights = [_LOCATION_WEIGHT if one in self.locations else own for one in answer]
                row.add(answer, segment, weights)

    def _answer(self, turn: PictureQuestion) -> list[int]:
        text = located(turn.answer, turn.boxes) if self.locations and turn.boxes else turn.answer
        return [*self._encode(text), self.end]


def _padded(rows: Sequence[list[int] | list[float]], length: int, value: int) -> Tensor:
    return torch.tensor([row + [value] * (length - len(row)) for row in rows])
