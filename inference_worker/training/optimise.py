"""The optimisers and the learning-rate curve that both stages share."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import nn

_WARM_UP: Final = 100  # steps
_FLOOR: Final = 0.03
_LEAST_SIDE: Final = 16  # smaller matrices gain nothing from orthogonal updates


@dataclass(slots=True)
class TrainingClock:
    """The progress of a run: by steps where they are given, else by CPU time."""

    steps: int = 0
    minutes: float = 0.0
    step: int = 0
    spent: float = 0.0  # CPU seconds
    hold: float = 0.55  # share of the run at full rate, before the cosine
    _mark: float = field(default_factory=time.process_time)

    def begin(self) -> None:
        """Start counting: what another stage or the drawing has spent is not this one's."""
        self._mark = time.process_time()

    def tick(self) -> None:
        now = time.process_time()
        self.step, self.spent, self._mark = self.step + 1, self.spent + now - self._mark, now

    @property
    def share(self) -> float:
        done = self.step / self.steps if self.steps else self.spent / (60 * self.minutes)
        return min(done, 1.0)

    @property
    def rate(self) -> float:
        """Factor of the peak learning rate: warm-up, plateau, cosine to the floor."""
        rise = min(1.0, (self.step + 1) / _WARM_UP)
        fall = max(0.0, (self.share - self.hold) / (1 - self.hold))
        return rise * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * fall)) / 2)


class StageOptimisers:
    """Muon for the matrices, AdamW for all else, one learning rate per given group."""

    def __init__(self, groups: Iterable[tuple[nn.Module, float]]) -> None:
        matrices, rest = [], []
        for module, rate in groups:
            wide: list[nn.Parameter] = []
            other: list[nn.Parameter] = []
            for owner in module.modules():
                for parameter in owner.parameters(recurse=False):
                    plain = isinstance(owner, nn.Embedding) or parameter.ndim != 2
                    small = plain or min(parameter.shape) < _LEAST_SIDE
                    (other if small else wide).append(parameter)
            matrices.append({"params": wide, "lr": rate})
            rest.append({"params": other, "lr": rate})
        self._parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(
                [group for group in matrices if group["params"]],
                momentum=0.95,
                ns_steps=4,
                weight_decay=0.05,
                adjust_lr_fn="match_rms_adamw",
            ),
            torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.0),
        ]
        self._peaks = [[group["lr"] for group in part.param_groups] for part in self._parts]

    def step(self, rate: float) -> None:
        for part, peaks in zip(self._parts, self._peaks, strict=True):
            for group, peak in zip(part.param_groups, peaks, strict=True):
                group["lr"] = peak * rate
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict[str, object]]:
        return [part.state_dict() for part in self._parts]

    def load_state_dict(self, states: list[dict[str, object]]) -> None:
        for part, state in zip(self._parts, states, strict=True):
            part.load_state_dict(state)
