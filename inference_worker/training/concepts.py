"""The vision stage's classifier: cells are compared with the embeddings of words that name them.

A language model that starts from such cells finds " red" in the picture by matching it with " red"
in the question, instead of having to discover first which direction of a cell means red.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from inference_worker.samples.scenes import GRID
from inference_worker.samples.vocabulary import (
    CHARACTERS,
    COLOURS,
    HORIZONTAL,
    SHAPES,
    VERTICAL,
    emoji,
)
from inference_worker.training.cells import GROUPS, IGNORE, classes

_BACKGROUND: Final = 0.15
_WEIGHTS: Final = dict(zip(GROUPS, (1.0, 0.6, 1.2, 1.0, 0.3, 0.3, 0.5, 0.3), strict=True))
_PLACE_WEIGHT: Final = 0.1
_WORDS: Final[dict[str, list[str]]] = {
    "shape": [f" {name}" for name in SHAPES],
    "colour": [f" {name}" for name in COLOURS],
    "char": list(CHARACTERS),
    "emoji": [f" {noun.removeprefix('a ').removeprefix('an ')}" for noun in emoji()],
    "vertical": [f" {name}" for name in VERTICAL],
    "horizontal": [f" {name}" for name in HORIZONTAL],
    "extreme": [" bars", " tallest", " shortest"],
}


class ConceptHeads(nn.Module):
    """Loss of projected cells (batch, cells, hidden) against labels (batch, cells, groups)."""

    def __init__(self, embeddings: nn.Embedding, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        hidden = embeddings.embedding_dim
        self.words = embeddings
        self.free = nn.ParameterDict(
            {group: _free(1 if group in _WORDS else classes(group), hidden) for group in GROUPS}
        )
        self.places = nn.ParameterList([_free(GRID, hidden), _free(GRID, hidden)])
        self.scale = nn.Parameter(torch.full((len(GROUPS) + 2,), 2.0))
        for group, names in _WORDS.items():
            self.register_buffer(f"{group}_tokens", _tokens(tokenizer, names))

    def forward(self, cells: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted loss, and the share of labelled, non-empty cells that are right by group."""
        cells = functional.rms_norm(cells.float(), cells.shape[-1:])
        losses, right = [], []
        for index, group in enumerate(GROUPS):
            logits = self.scale[index] * cells @ self._vectors(group).T
            said, meant = logits.flatten(0, 1), labels[..., index].flatten()
            shown = meant > 0
            weights = torch.where(shown, 1.0, _BACKGROUND) * (meant != IGNORE)
            loss = functional.cross_entropy(said, meant, reduction="none", ignore_index=IGNORE)
            losses.append(_WEIGHTS[group] * ((loss * weights).sum() / weights.sum()))
            right.append((said.argmax(-1) == meant)[shown].float().mean())
        return torch.stack(losses).sum() + self._placing(cells), torch.stack(right)

    def _vectors(self, group: str) -> Tensor:
        if group not in _WORDS:
            return self.free[group]
        tokens = getattr(self, f"{group}_tokens")
        used = (tokens >= 0).unsqueeze(-1)
        named = (self.words(tokens.clamp_min(0)) * used).sum(1) / used.sum(1).sqrt()
        return torch.cat([self.free[group], named])

    def _placing(self, cells: Tensor) -> Tensor:
        where = torch.arange(GRID * GRID, device=cells.device).repeat(len(cells))
        flat = cells.flatten(0, 1)
        rows = self.scale[-2] * flat @ self.places[0].T
        columns = self.scale[-1] * flat @ self.places[1].T
        loss = functional.cross_entropy(rows, where // GRID)
        return _PLACE_WEIGHT * (loss + functional.cross_entropy(columns, where % GRID))


def _free(count: int, hidden: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(count, hidden) * hidden**-0.5)


def _tokens(tokenizer: PreTrainedTokenizerFast, names: list[str]) -> Tensor:
    """Token numbers by name, padded with -1."""
    rows = [tokenizer.encode(name, add_special_tokens=False) for name in names]
    longest = max(map(len, rows))
    return torch.tensor([row + [-1] * (longest - len(row)) for row in rows])
