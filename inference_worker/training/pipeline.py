"""A run to a model that answers: draw, learn cells, learn answers; or grow, learn answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from inference_worker.training.build import (
    build_model,
    build_processor,
    build_tokenizer,
)
from inference_worker.training.grow import grow
from inference_worker.training.locations import add_locations
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.optimise import TrainingClock
from inference_worker.training.presets import ModelPreset
from inference_worker.training.progress import LossLog, bar
from inference_worker.training.stages import TrainingLesson, learn_answers, learn_cells
from inference_worker.training.store import load, render

_STAGES: Final[dict[str, Callable[[TrainingLesson], None]]] = {
    "cells": learn_cells,
    "answers": learn_answers,
}


@dataclass(frozen=True, slots=True)
class TrainingLength:
    """The length of each stage: in steps, or where minutes are given in CPU minutes."""

    steps: tuple[int, int]
    minutes: tuple[float, float] = (0.0, 0.0)

    def clocks(self, hold: float) -> tuple[TrainingClock, TrainingClock]:
        """Return the clocks of the two stages; `hold` belongs to the second one."""
        cells, answers = zip(self.steps, self.minutes, strict=True)
        return TrainingClock(*cells), TrainingClock(*answers, hold=hold)


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A preset, a seed, a length and the folder that all of it happens in.

    `smaller` is a trained folder to grow from, whose tower needs no stage of its own.
    """

    preset: ModelPreset
    folder: Path
    length: TrainingLength
    seed: int = 0
    smaller: Path | None = None

    def train(
        self, data: Path | None = None
    ) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
        """Run all stages, each from where an earlier call was interrupted."""
        torch.manual_seed(self.seed)
        self.folder.mkdir(parents=True, exist_ok=True)
        model, processor = self._begin()
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        with bar() as shown:
            folder = data or self.folder / "scenes"
            task = shown.add_task("drawing", total=self.preset.scenes, note="")
            render(folder, self.preset.scenes, lambda done: shown.update(task, completed=done))
            store = load(folder)
            clocks = self.length.clocks(self.preset.hold)
            for (name, learn), clock in zip(_STAGES.items(), clocks, strict=True):
                if self.smaller and name == "cells":
                    continue
                diary, state = LossLog(name, self.folder, shown), self.folder / f"{name}.state"
                tokenizer = processor.tokenizer
                learn(
                    TrainingLesson(
                        model, tokenizer, store, self.preset, clock, diary, state, self.seed
                    )
                )
        return model.eval(), processor

    def _begin(self) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
        if self.smaller is None:
            processor = build_processor(build_tokenizer())
            return build_model(self.preset, processor.tokenizer), processor
        smaller, processor = open_checkpoint(self.smaller)
        model = grow(smaller, self.preset, processor.tokenizer)
        if self.preset.talks:
            add_locations(processor.tokenizer, model.get_input_embeddings())
        return model, processor
