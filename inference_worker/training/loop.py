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

from inference_worker.training.optimise import StageOptimisers, TrainingClock

_SAVE_EVERY: Final = 120.0  # seconds
Report = Callable[[TrainingClock, float], None]
LossOf = Callable[[npt.NDArray[np.int64], int], Tensor]  # of scene numbers and the step


@dataclass(slots=True)
class TrainingStage:
    """A stage of a run: what learns, from which loss of a batch, and where its state is stored."""

    modules: nn.Module
    optimisers: StageOptimisers
    clock: TrainingClock
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
            loss = self.loss_of(next(batches), self.clock.step)
            loss.backward()
            nn.utils.clip_grad_norm_(self.modules.parameters(), 1.0)
            self.optimisers.step(self.clock.rate)
            self.clock.tick()
            report(self.clock, float(loss.item()))
            if time.monotonic() - saved > _SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()
