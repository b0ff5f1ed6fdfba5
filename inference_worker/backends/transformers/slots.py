"""Continuous batching over ``forward()`` and a DynamicCache: rows join and leave at any step.

The cache holds B rows of L positions. A row that joins with fewer positions is padded on the left,
where the mask is 0; each row counts its own positions, so padding moves nothing. Tried with the
model types of SLOT_TYPES: greedy answers equal those of ``generate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from inference_worker.backends.base import Ask, Piece
from inference_worker.backends.transformers.prompts import Prompts, Spelling, fitted, positions
from inference_worker.wire.messages import Finish
from inference_worker.wire.prompt_limits import PromptLimit

SLOT_TYPES = frozenset({"llava", "llava_next", "idefics3"})
SLOTS = 64
LIGHT_NUMBERS = 30_000_000
"""Up to this many parameters, on a CPU, most of a step is the interpreter's time."""


def fits(model: Any) -> bool:
    """Whether the model's cache is plain keys and values, and its positions a plain count."""
    if model.config.model_type not in SLOT_TYPES:
        return False
    return all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers)


@dataclass(slots=True)
class _Row:
    ask: Ask
    spelling: Spelling
    random: torch.Generator
    position: int
    """Of the next token, from 0."""
    token: int = 0
    """The newest, not yet in the cache."""
    made: int = 0


class SlotBatch:
    """One model's rows. Not safe for threads: one lane calls it."""

    slots = SLOTS

    def __init__(
        self, model: Any, prompts: Prompts, *, revision: str, device: str, forced_tokens: int = 0
    ) -> None:
        self.revision = revision
        self.device = device
        self.light = model.device.type == "cpu" and model.num_parameters() <= LIGHT_NUMBERS
        self._model = model
        self._prompts = prompts
        self._forced_tokens = forced_tokens
        self.positions = positions(model)
        self.prompt_limit: PromptLimit | None = None
        self._ends = prompts.ends(model)
        self._silenced = torch.tensor(sorted(self._ends), device=model.device)
        self._rows: list[_Row] = []
        self._fresh: list[Piece] = []
        self._cache = DynamicCache(config=model.config)
        self._mask = torch.zeros(0, 0, dtype=torch.long, device=model.device)
        self._padded = False

    @torch.inference_mode()
    def join(self, ask: Ask) -> None:
        inputs = self._prompts.tensors(ask).to(self._model.device, self._model.dtype)
        ask = fitted(ask, inputs, self.positions)
        cache = DynamicCache(config=self._model.config)
        output = self._model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        row = self._row(ask, cache.get_seq_length())
        [piece] = self._advance([row], output.logits[:, -1])
        self._fresh.append(piece)
        if piece.finish is None:
            self._merge(cache)
            self._rows.append(row)

    @torch.inference_mode()
    def step(self) -> list[Piece]:
        if self._fresh:
            # A first token leaves at once and not with the next step's.
            pieces, self._fresh = self._fresh, []
            return pieces
        if not self._rows:
            return []
        pieces = self._advance(self._rows, self._forward())
        self._keep([i for i, piece in enumerate(pieces) if piece.finish is None])
        return pieces

    @torch.inference_mode()
    def leave(self, id: str) -> None:
        self._fresh = [piece for piece in self._fresh if piece.id != id]
        self._keep([i for i, row in enumerate(self._rows) if row.ask.id != id])

    def _row(self, ask: Ask, position: int) -> _Row:
        random = torch.Generator(self._model.device).manual_seed(ask.seed)
        return _Row(ask, Spelling(self._prompts.tokenizer), random, position)

    def _forward(self) -> torch.Tensor:
        """Logits of the next token, (B, vocabulary)."""
        device = self._model.device
        self._mask = pad(self._mask, (0, 1), value=1)
        output = self._model(
            input_ids=torch.tensor([[row.token] for row in self._rows], device=device),
            position_ids=torch.tensor([[row.position] for row in self._rows], device=device),
            # Without padding no mask is needed, and making none is a tenth of a small model's step.
            attention_mask=self._mask if self._padded else None,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        for row in self._rows:
            row.position += 1
        return output.logits[:, -1]

    def _advance(self, rows: list[_Row], logits: torch.Tensor) -> list[Piece]:
        """Give each row its next token, from logits of (B, vocabulary)."""
        if self._forced_tokens and any(row.made < self._forced_tokens for row in rows):
            logits = logits.index_fill(1, self._silenced, float("-inf"))
        likeliest = logits.argmax(-1).tolist()
        for i, row in enumerate(rows):
            row.token = likeliest[i] if row.ask.temperature <= 0 else _drawn(logits[i], row)
            row.made += 1
        return [self._piece(row) for row in rows]

    def _piece(self, row: _Row) -> Piece:
        if row.token in self._ends:
            return Piece(row.ask.id, row.spelling.rest(), finish="stop")
        text = row.spelling.add(row.token)
        finish: Finish | None = None
        if row.made >= row.ask.max_new_tokens:
            text, finish = text + row.spelling.rest(), "length"
        return Piece(row.ask.id, text, finish=finish)

    def _merge(self, new: DynamicCache) -> None:
        """Put one row's cache under the others, both padded on the left to the longer."""
        old = self._mask.shape[1] if self._rows else 0
        length = max(old, new.get_seq_length())
        fresh = torch.ones(1, new.get_seq_length(), dtype=torch.long, device=self._mask.device)
        if not self._rows:
            self._cache, self._mask = new, fresh
        else:
            for mine, other in zip(self._cache.layers, new.layers, strict=True):
                mine.keys = _stack(mine.keys, other.keys, length)
                mine.values = _stack(mine.values, other.values, length)
            self._mask = torch.cat(
                [pad(mask, (length - mask.shape[1], 0)) for mask in (self._mask, fresh)]
            )
        self._padded = not bool(self._mask.all())

    def _keep(self, indices: list[int]) -> None:
        """Drop all other rows, and the columns that are padding for all that stay."""
        if len(indices) == len(self._rows):
            return
        self._rows = [self._rows[i] for i in indices]
        if not indices:
            self._cache, self._mask = DynamicCache(config=self._model.config), self._mask[:0, :0]
            return
        chosen = torch.tensor(indices, device=self._mask.device)
        self._cache.batch_select_indices(chosen)
        self._mask = self._mask[chosen]
        start = int(self._mask.any(0).nonzero()[0])
        for layer in self._cache.layers:
            layer.keys, layer.values = layer.keys[:, :, start:], layer.values[:, :, start:]
        self._mask = self._mask[:, start:]
        self._padded = not bool(self._mask.all())


def _drawn(logits: torch.Tensor, row: _Row) -> int:
    chances = torch.softmax(logits.float() / row.ask.temperature, dim=-1)
    return int(torch.multinomial(chances, 1, generator=row.random))


def _stack(old: torch.Tensor, new: torch.Tensor, length: int) -> torch.Tensor:
    """(B, H, L, D) and (1, H, P, D) to (B + 1, H, length, D), padded with zeros on the left."""
    return torch.cat([pad(keys, (0, 0, length - keys.shape[2], 0)) for keys in (old, new)])
