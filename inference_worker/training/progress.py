"""The progress of a run: a bar, and a log of losses for the plot."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from inference_worker.training.optimise import TrainingClock

_SMOOTH: Final = 0.98
_EVERY: Final = 20  # steps between two rows of the log


def bar() -> Progress:
    """A bar with a note beside it; use it as a context."""
    note = TextColumn("{task.fields[note]}")
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        note,
        TimeRemainingColumn(),
    )


class LossLog:
    """Shows the share of a stage that is done; `losses.csv` grows beside it."""

    def __init__(self, stage: str, folder: Path, shown: Progress) -> None:
        self._stage, self._log, self._shown = stage, folder / "losses.csv", shown
        self._loss: float | None = None
        self._task = shown.add_task(stage, total=1.0, note="")

    def __call__(self, clock: TrainingClock, loss: float) -> None:
        before = loss if self._loss is None else self._loss
        self._loss = _SMOOTH * before + (1 - _SMOOTH) * loss
        if clock.step % _EVERY and clock.share < 1:
            return
        with self._log.open("a", newline="") as log:
            csv.writer(log, lineterminator="\n").writerow(
                [self._stage, clock.step, f"{self._loss:.4f}"]
            )
        note = f"step {clock.step} loss {self._loss:.3f}"
        self._shown.update(self._task, completed=clock.share, note=note)
