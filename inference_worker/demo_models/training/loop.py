"""The loop that both stages run, and what it keeps on disk so that a run can go on later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from inference_worker.demo_models.training.optimise import Clock, Optimisers

_SAVE_EVERY: Final = 120.0  # seconds
Report = Callable[[Clock, float], None]
LossOf = Callable[[npt.NDArray[np.int64], int], Tensor]  # of scene numbers and the step


@dataclass(slots=True)
class Stage:
    """One stage of a run: what learns, from which loss of a batch, and where its state lies."""

    modules: nn.Module
    optimisers: Optimisers
    clock: Clock
    loss_of: LossOf
    state: Path

    def resume(self) -> None:
        """Go on from the state file where there is one."""
        if not self.state.exists():
            return
        kept = torch.load(self.state, weights_only=True)
        self.modules.load_state_dict(kept["modules"])
        self.optimisers.load_state_dict(kept["optimisers"])
        self.clock.step, self.clock.spent = kept["step"], kept["spent"]

    def save(self) -> None:
        kept = {
            "modules": self.modules.state_dict(),
            "optimisers": self.optimisers.state_dict(),
            "step": self.clock.step,
            "spent": self.clock.spent,
        }
        fresh = self.state.with_suffix(".new")
        torch.save(kept, fresh)
        fresh.replace(self.state)

    def run(self, batches: Iterator[npt.NDArray[np.int64]], report: Report) -> None:
        saved = time.monotonic()
        self.clock.begin()
        while self.clock.share < 1:
            report(self.clock, self._step(next(batches)))
            if time.monotonic() - saved > _SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def _step(self, chosen: npt.NDArray[np.int64]) -> float:
        loss = self.loss_of(chosen, self.clock.step)
        loss.backward()
        nn.utils.clip_grad_norm_(self.modules.parameters(), 1.0)
        self.optimisers.step(self.clock.rate)
        self.clock.tick()
        return float(loss.item())
