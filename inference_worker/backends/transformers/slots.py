"""Continuous batching over ``forward()`` and a DynamicCache: rows join and leave at any step.

The cache holds B rows of L columns, the newest last; of a layer with a sliding window only the
columns of the window. A row that joins with fewer is padded on the left, where the mask is 0; each
row counts its own positions, so padding moves nothing. Tried with the model types of SLOT_TYPES:
greedy answers equal those of ``generate``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from inference_worker.backends.base import GenerationInput, TokenDelta
from inference_worker.backends.transformers.kept_prefixes import KeptPrefixes, Layers, most_bytes
from inference_worker.backends.transformers.prompts import (
    IncrementalDetokenizer,
    PromptEncoder,
    fitted,
    positions,
)
from inference_worker.wire.messages import Finish
from inference_worker.wire.prompt_limits import PromptLimit

SLOT_TYPES = frozenset(
    {
        *("llava", "llava_next", "llava_onevision", "idefics3", "smolvlm", "internvl", "mistral3"),
        *("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "gemma3", "paligemma"),
    }
)
FIRST_POSITIONS = {"paligemma": 1}
"""The position of a prompt's first token, for families in which it is not 0."""
WHOLE_PROMPTS = frozenset({"paligemma", "gemma3"})
"""Families whose prompt's tokens see later ones: a part has other keys there than in the whole."""
SLOTS = 64
LIGHT_NUMBERS = 30_000_000
"""Up to this many parameters, on a CPU, most of a step is the interpreter's time."""


def fits(model: Any) -> bool:
    """Return whether the model is of a type that was tried, with a cache of keys and values."""
    if model.config.model_type not in SLOT_TYPES:
        return False
    layers = DynamicCache(config=model.config).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)


@dataclass(slots=True)
class _SlotRow:
    ask: GenerationInput
    detokenizer: IncrementalDetokenizer
    random: torch.Generator
    position: int
    """The position of the next token, the same in each dimension."""
    tokens: list[int]
    """Those of the prompt and of the answer; the newest is not yet in the cache."""
    made: int = 0

    @property
    def token(self) -> int:
        return self.tokens[-1]


class SlotBatch:
    """The rows of a model. It is not safe for threads: one thread calls it."""

    slots = SLOTS

    def __init__(
        self,
        model: Any,
        prompts: PromptEncoder,
        *,
        revision: str,
        device: str,
        forced_tokens: int = 0,
    ) -> None:
        self.revision = revision
        self.device = device
        self.light = model.device.type == "cpu" and model.num_parameters() <= LIGHT_NUMBERS
        self._model = model
        self._prompts = prompts
        self._forced_tokens = forced_tokens
        self._first_position = FIRST_POSITIONS.get(model.config.model_type, 0)
        self.positions = positions(model)
        self.prompt_limit: PromptLimit | None = None
        self._ends = prompts.ends(model)
        self._silenced = torch.tensor(sorted(self._ends), device=model.device)
        self._rows: list[_SlotRow] = []
        self._fresh: list[TokenDelta] = []
        self._cache = DynamicCache(config=model.config)
        self._mask = torch.zeros(0, 0, dtype=torch.long, device=model.device)
        self._padded = False
        self._kept = KeptPrefixes(most_bytes(model.get_memory_footprint()))
        plain = all(type(layer) is DynamicLayer for layer in self._cache.layers)
        self._may_keep = plain and model.config.model_type not in WHOLE_PROMPTS

    @torch.inference_mode()
    def join(self, ask: GenerationInput) -> None:
        inputs = self._prompts.tensors(ask).to(self._model.device, self._model.dtype)
        ask = fitted(ask, inputs, self.positions)
        tokens, pictures = inputs["input_ids"][0].tolist(), self._prompts.picture_sizes(inputs)
        cache, logits, position = self._resumed(ask, inputs, tokens) or self._read(inputs)
        detokenizer = IncrementalDetokenizer(self._prompts.tokenizer)
        random = torch.Generator(self._model.device).manual_seed(ask.sampling.seed)
        row = _SlotRow(ask, detokenizer, random, position, list(tokens))
        [piece] = self._advance([row], logits)
        self._fresh.append(replace(piece, prompt_tokens=len(tokens), pictures=pictures))
        if piece.finish is None:
            old = self._mask.shape[1] if self._rows else 0
            length = max(old, cache.get_seq_length())
            fresh = torch.ones(
                1, cache.get_seq_length(), dtype=torch.long, device=self._mask.device
            )
            if not self._rows:
                self._cache, self._mask = cache, fresh
            else:
                for mine, other in zip(self._cache.layers, cache.layers, strict=True):
                    columns = _columns(mine, length)
                    mine.keys = _stack(mine.keys, other.keys, columns)
                    mine.values = _stack(mine.values, other.values, columns)
                self._mask = torch.cat(
                    [pad(mask, (length - mask.shape[1], 0)) for mask in (self._mask, fresh)]
                )
            self._padded = not bool(self._mask.all())
            self._rows.append(row)
        else:
            self._leave_behind(row, [(layer.keys, layer.values) for layer in cache.layers])

    def _read(self, inputs: Any) -> tuple[DynamicCache, torch.Tensor, int]:
        """Compute a whole prompt: its cache, the logits of the next token, and its position."""
        cache = DynamicCache(config=self._model.config)
        inner = self._model.model
        counts_places = hasattr(inner, "rope_deltas")
        if counts_places:
            inner.rope_deltas = None  # of the prompt before
        output = self._model(**inputs, cache=cache, use_cache=True, logits_to_keep=1)
        # A picture's tokens stand at places in three dimensions, fewer than there are tokens.
        less = inner.rope_deltas if counts_places else None
        position = cache.get_seq_length() + (self._first_position if less is None else int(less))
        return cache, output.logits[:, -1], position

    def _resumed(
        self, ask: GenerationInput, inputs: Any, tokens: list[int]
    ) -> tuple[DynamicCache, torch.Tensor, int] | None:
        """Compute what a prompt adds to a conversation that was kept; None where none was."""
        kept = self._kept.take(ask, tokens)
        if kept is None:
            return None
        first = kept.tokens + kept.offset
        rest = inputs["input_ids"][:, kept.tokens :]
        places = torch.arange(first, first + rest.shape[1], device=rest.device)
        output = self._model(
            input_ids=rest,
            position_ids=places[None],
            cache=kept.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return kept.cache, output.logits[:, -1], first + rest.shape[1]

    @torch.inference_mode()
    def step(self) -> list[TokenDelta]:
        if self._fresh:
            # A first token leaves at once and not with the next step's.
            pieces, self._fresh = self._fresh, []
            return pieces
        if not self._rows:
            return []
        pieces = self._advance(self._rows, self._forward())
        for i, piece in enumerate(pieces):
            if piece.finish is not None:
                first = int(self._mask.shape[1] - self._mask[i].sum())
                layers = [
                    (
                        layer.keys[i : i + 1, :, first:].clone(),
                        layer.values[i : i + 1, :, first:].clone(),
                    )
                    for layer in self._cache.layers
                ]
                self._leave_behind(self._rows[i], layers)
        self._keep([i for i, piece in enumerate(pieces) if piece.finish is None])
        return pieces

    @torch.inference_mode()
    def leave(self, id: str) -> None:
        self._fresh = [piece for piece in self._fresh if piece.id != id]
        self._keep([i for i, row in enumerate(self._rows) if row.ask.id != id])

    def _forward(self) -> torch.Tensor:
        """Logits of the next token, (B, vocabulary)."""
        device = self._model.device
        self._mask = pad(self._mask, (0, 1), value=1)
        output = self._model(
            input_ids=torch.tensor([[row.token] for row in self._rows], device=device),
            position_ids=torch.tensor([[row.position] for row in self._rows], device=device),
            # Without padding no mask is needed, and making none is a tenth of a small model's step.
            attention_mask=self._mask if self._padded else None,
            cache=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        for row in self._rows:
            row.position += 1
        return output.logits[:, -1]

    def _advance(self, rows: list[_SlotRow], logits: torch.Tensor) -> list[TokenDelta]:
        """Give each row its next token, from logits of (B, vocabulary)."""
        if self._forced_tokens and any(row.made < self._forced_tokens for row in rows):
            logits = logits.index_fill(1, self._silenced, float("-inf"))
        likeliest = logits.argmax(-1).tolist()
        for i, row in enumerate(rows):
            token, temperature = likeliest[i], row.ask.sampling.temperature
            if temperature > 0:
                chances = torch.softmax(logits[i].float() / temperature, dim=-1)
                token = int(torch.multinomial(chances, 1, generator=row.random))
            row.tokens.append(token)
            row.made += 1
        pieces = []
        for row in rows:
            finish: Finish | None = None
            text = ""
            if row.token in self._ends:
                finish = "stop"
            else:
                text = row.detokenizer.add(row.token)
                finish = "length" if row.made >= row.ask.sampling.max_new_tokens else None
            text += row.detokenizer.rest() if finish else ""
            pieces.append(TokenDelta(row.ask.id, text, finish=finish))
        return pieces

    def _leave_behind(self, row: _SlotRow, layers: Layers) -> None:
        """Keep what was computed of a row that has ended, for the next turn of its conversation."""
        if self._may_keep:
            cached = row.tokens[:-1]
            self._kept.keep(row.ask, cached, layers, offset=row.position - len(cached))

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
        self._mask = self._mask[:, start:]
        for layer in self._cache.layers:
            first = layer.keys.shape[2] - _columns(layer, self._mask.shape[1])
            layer.keys, layer.values = layer.keys[:, :, first:], layer.values[:, :, first:]
        self._padded = not bool(self._mask.all())


def _columns(layer: DynamicLayer, length: int) -> int:
    """Return how many columns a layer holds of ``length``, and let it count that many."""
    if not layer.is_sliding:
        return length
    layer.cumulative_length = length
    window: int = layer.sliding_window
    return min(length, window - 1)


def _stack(old: torch.Tensor, new: torch.Tensor, length: int) -> torch.Tensor:
    """(B, H, L, D) and (1, H, P, D) to (B + 1, H, length, D), padded with zeros on the left."""
    return torch.cat([pad(keys, (0, 0, length - keys.shape[2], 0)) for keys in (old, new)])
