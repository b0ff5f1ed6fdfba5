"""What teaches a model to see where things end: losses for sides of boxes.

In the answers' stage each cell that shows a thing is also asked for the four sides of that thing's
box, by comparison with the embeddings of the location tokens. So the language model finds in a cell
what it has to write. Nothing of this is part of the trained model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from inference_worker.samples.drawing import extent
from inference_worker.samples.scenes import DrawnScene
from inference_worker.training.cells import GROUPS, IGNORE
from inference_worker.training.locations import BINS, bins

_SIDES: Final = 4
_SPREAD: Final = 1.0  # bins: a side that is off by one is nearly right
_PART: Final = GROUPS.index("ordinal")


class PlaceHeads(nn.Module):
    """Loss of projected cells (batch, cells, hidden) against sides (batch, cells, 4)."""

    def __init__(self, embeddings: nn.Embedding, locations: range) -> None:
        super().__init__()
        hidden = embeddings.embedding_dim
        self.sides = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(_SIDES))
        self.words = embeddings
        self._locations = locations

    def forward(self, cells: Tensor, sides: Tensor) -> Tensor:
        """Return the mean loss over cells that show a thing, and zero where none does."""
        shown = (sides != IGNORE).all(-1)
        seen = functional.rms_norm(cells.float(), cells.shape[-1:])[shown]
        words = self.words.weight[self._locations.start : self._locations.stop]
        losses = [
            soft_loss(head(seen) @ words.T, sides[shown][:, index])
            for index, head in enumerate(self.sides)
        ]
        return torch.stack(losses, 1).sum() / (_SIDES * shown.sum().clamp_min(1))


def soft_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each row with a bell around its bin: near is nearly right."""
    distance = torch.arange(BINS, device=logits.device) - targets[:, None]
    bell = torch.softmax(-0.5 * (distance / _SPREAD) ** 2, -1)
    return functional.cross_entropy(logits.float(), bell, reduction="none")


def cell_sides(scenes: Sequence[DrawnScene], labels: npt.NDArray[np.int16]) -> Tensor:
    """Return the sides of the thing that each cell shows, (scenes, cells, 4); IGNORE for none."""
    told = np.full((*labels.shape[:2], _SIDES), IGNORE, np.int64)
    for index, scene in enumerate(scenes):
        if scene.kind != "shapes":
            continue
        boxes = np.array([bins(extent(part)) for part in scene.parts])
        part = labels[index, :, _PART]
        told[index, part > 0] = boxes[part[part > 0] - 1]
    return torch.from_numpy(told)
