"""The two stages: cells first, then answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from inference_worker.demo_models.forward import answer_loss, look
from inference_worker.demo_models.packing import Packer
from inference_worker.demo_models.scenes import Kind
from inference_worker.demo_models.training.batches import numbers, pixels
from inference_worker.demo_models.training.concepts import Concepts
from inference_worker.demo_models.training.loop import LossOf, Report, Stage
from inference_worker.demo_models.training.optimise import Clock, Optimisers
from inference_worker.demo_models.training.presets import Preset
from inference_worker.demo_models.training.store import Store

_TOWER_SHARE: Final = 0.45  # of the language rate: the tower has learned already


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a stage works on, how long, and where it reports and keeps its state."""

    model: LlavaForConditionalGeneration
    tokenizer: PreTrainedTokenizerFast
    store: Store
    preset: Preset
    clock: Clock
    report: Report
    state: Path
    seed: int


def learn_cells(lesson: Lesson) -> None:
    """Stage one: tower, projector and the words that name what a cell can show."""
    model, store = lesson.model, lesson.store
    concepts = Concepts(model.get_input_embeddings(), lesson.tokenizer).to(model.device)
    eyes = nn.ModuleList([model.model.vision_tower, model.model.multi_modal_projector])

    def loss_of(chosen: npt.NDArray[np.int64], step: int) -> Tensor:
        del step
        labels = torch.from_numpy(store.labels[np.sort(chosen)].astype(np.int64))
        with torch.autocast(model.device.type, torch.bfloat16):
            cells = look(model, pixels(store, chosen).to(model.device))
        loss: Tensor = concepts(cells, labels.to(model.device))[0]
        return loss

    rate = lesson.preset.vision_rate
    optimisers = Optimisers([(eyes, rate), (concepts, rate)])
    _run(
        lesson, nn.ModuleList([eyes, concepts]), optimisers, loss_of, _Diet(lesson.preset.batch, {})
    )


def learn_answers(lesson: Lesson) -> None:
    """Stage two: the whole model, on packed answers."""
    model, store, preset, clock = lesson.model, lesson.store, lesson.preset, lesson.clock
    packer = Packer(lesson.tokenizer, room=preset.room, drills=preset.drills)
    tower = model.model.vision_tower

    def loss_of(chosen: npt.NDArray[np.int64], step: int) -> Tensor:
        tower.requires_grad_(clock.share >= preset.tower_from)
        scenes = [store.scene(int(index)) for index in np.sort(chosen)]
        packed = packer.training(scenes, Random(f"{lesson.seed}/{step}")).to(model.device)
        with torch.autocast(model.device.type, torch.bfloat16):
            return answer_loss(model, pixels(store, chosen).to(model.device), packed)

    rate = preset.language_rate
    groups: list[tuple[nn.Module, float]] = [
        (tower, _TOWER_SHARE * rate),
        (model.model.multi_modal_projector, rate),
        (model.model.language_model, rate),
    ]
    diet = _Diet(preset.answer_batch, preset.shares)
    _run(lesson, model, Optimisers(groups), loss_of, diet)


@dataclass(frozen=True, slots=True)
class _Diet:
    """How many scenes a step takes, and how often each kind comes up."""

    batch: int
    shares: Mapping[Kind, float]

    def of(self, kinds: Sequence[Kind]) -> npt.NDArray[np.float64]:
        return np.array([self.shares.get(kind, 1.0) for kind in kinds])


def _run(
    lesson: Lesson, modules: nn.Module, optimisers: Optimisers, loss_of: LossOf, diet: _Diet
) -> None:
    stage = Stage(modules.train(), optimisers, lesson.clock, loss_of, lesson.state)
    stage.resume()
    order = numbers(diet.of(lesson.store.kinds), diet.batch, lesson.seed, stage.clock.step)
    stage.run(order, lesson.report)
