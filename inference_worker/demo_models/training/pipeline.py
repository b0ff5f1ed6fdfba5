"""One run to a model that answers: draw, learn cells, learn answers; or grow, learn answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from rich.progress import Progress
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from inference_worker.demo_models.marking import open_checkpoint
from inference_worker.demo_models.training.build import (
    build_model,
    build_processor,
    build_tokenizer,
)
from inference_worker.demo_models.training.grow import grow
from inference_worker.demo_models.training.optimise import Clock
from inference_worker.demo_models.training.presets import Preset
from inference_worker.demo_models.training.progress import Diary, bar
from inference_worker.demo_models.training.stages import Lesson, learn_answers, learn_cells
from inference_worker.demo_models.training.store import Store, load, render

_STAGES: Final[dict[str, Callable[[Lesson], None]]] = {
    "cells": learn_cells,
    "answers": learn_answers,
}


@dataclass(frozen=True, slots=True)
class Length:
    """How long each stage runs: in steps, or where minutes are given in CPU minutes."""

    steps: tuple[int, int]
    minutes: tuple[float, float] = (0.0, 0.0)

    def clocks(self, hold: float) -> tuple[Clock, Clock]:
        """For the two stages; `hold` is the second one's."""
        cells, answers = zip(self.steps, self.minutes, strict=True)
        return Clock(*cells), Clock(*answers, hold=hold)


@dataclass(frozen=True, slots=True)
class Run:
    """A preset, a seed, a length and the folder that all of it happens in.

    `smaller` is a trained folder to grow from, whose tower needs no stage of its own.
    """

    preset: Preset
    folder: Path
    length: Length
    seed: int = 0
    smaller: Path | None = None

    def train(
        self, data: Path | None = None
    ) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
        """All stages, each going on from where an earlier call was cut off."""
        torch.manual_seed(self.seed)
        self.folder.mkdir(parents=True, exist_ok=True)
        model, processor = self._begin()
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        with bar() as shown:
            store = self._draw(data or self.folder / "scenes", shown)
            clocks = self.length.clocks(self.preset.hold)
            for (name, learn), clock in zip(_STAGES.items(), clocks, strict=True):
                if self.smaller and name == "cells":
                    continue
                diary, state = Diary(name, self.folder, shown), self.folder / f"{name}.state"
                tokenizer = processor.tokenizer
                learn(Lesson(model, tokenizer, store, self.preset, clock, diary, state, self.seed))
        return model.eval(), processor

    def _begin(self) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
        if self.smaller is None:
            processor = build_processor(build_tokenizer())
            return build_model(self.preset, processor.tokenizer), processor
        smaller, processor = open_checkpoint(self.smaller)
        return grow(smaller, self.preset, processor.tokenizer), processor

    def _draw(self, folder: Path, shown: Progress) -> Store:
        task = shown.add_task("drawing", total=self.preset.scenes, note="")
        render(folder, self.preset.scenes, lambda done: shown.update(task, completed=done))
        return load(folder)
