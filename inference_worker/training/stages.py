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

from inference_worker.samples.scenes import Kind
from inference_worker.training.batches import numbers, pixels
from inference_worker.training.concepts import ConceptHeads
from inference_worker.training.forward import answer_loss, look
from inference_worker.training.lessons import LessonPlan
from inference_worker.training.locations import location_ids
from inference_worker.training.loop import LossOf, Report, TrainingStage
from inference_worker.training.optimise import StageOptimisers, TrainingClock
from inference_worker.training.packing import BatchPacker
from inference_worker.training.place_heads import PlaceHeads, cell_sides
from inference_worker.training.presets import ModelPreset
from inference_worker.training.store import PictureStore

_TOWER_SHARE: Final = 0.45  # of the language rate: the tower has learned already
_SIDES_WEIGHT: Final = 0.5  # of the loss of what cells tell about the sides of things


@dataclass(frozen=True, slots=True)
class TrainingLesson:
    """The material of a stage, its length, and the places of its reports and its state."""

    model: LlavaForConditionalGeneration
    tokenizer: PreTrainedTokenizerFast
    store: PictureStore
    preset: ModelPreset
    clock: TrainingClock
    report: Report
    state: Path
    seed: int


def learn_cells(lesson: TrainingLesson) -> None:
    """Stage one: tower, projector and the words that name what a cell can show."""
    model, store = lesson.model, lesson.store
    concepts = ConceptHeads(model.get_input_embeddings(), lesson.tokenizer).to(model.device)
    eyes = nn.ModuleList([model.model.vision_tower, model.model.multi_modal_projector])

    def loss_of(chosen: npt.NDArray[np.int64], step: int) -> Tensor:
        del step
        labels = torch.from_numpy(store.labels[np.sort(chosen)].astype(np.int64))
        with torch.autocast(model.device.type, torch.bfloat16):
            cells = look(model, pixels(store, chosen).to(model.device))
        loss: Tensor = concepts(cells, labels.to(model.device))[0]
        return loss

    rate = lesson.preset.vision_rate
    optimisers = StageOptimisers([(eyes, rate), (concepts, rate)])
    _run(
        lesson,
        nn.ModuleList([eyes, concepts]),
        optimisers,
        loss_of,
        _BatchMix(lesson.preset.batch, {}),
    )


def learn_answers(lesson: TrainingLesson) -> None:
    """Stage two: the whole model, on packed answers."""
    model, store, preset, clock = lesson.model, lesson.store, lesson.preset, lesson.clock
    packer = BatchPacker(lesson.tokenizer, LessonPlan(preset.room, preset.drills, preset.talks))
    tower = model.model.vision_tower
    locations = location_ids(lesson.tokenizer)
    heads = PlaceHeads(model.get_input_embeddings(), locations) if locations else None
    learning: nn.Module = model
    if heads is not None:
        learning = nn.ModuleList([model, heads.to(model.device)])

    def loss_of(chosen: npt.NDArray[np.int64], step: int) -> Tensor:
        tower.requires_grad_(clock.share >= preset.tower_from)
        scenes = [store.scene(int(index)) for index in np.sort(chosen)]
        packed = packer.training(scenes, Random(f"{lesson.seed}/{step}")).to(model.device)
        with torch.autocast(model.device.type, torch.bfloat16):
            cells = look(model, pixels(store, chosen).to(model.device))
            loss = answer_loss(model, cells, packed, locations)
            if heads is None:
                return loss
            sides = cell_sides(scenes, store.labels[np.sort(chosen)]).to(model.device)
            return loss + _SIDES_WEIGHT * heads(cells, sides)

    rate = preset.language_rate
    groups: list[tuple[nn.Module, float]] = [
        (tower, _TOWER_SHARE * rate),
        (model.model.multi_modal_projector, rate),
        (model.model.language_model, rate),
    ]
    if heads is not None:
        groups.append((heads.sides, rate))
    diet = _BatchMix(preset.answer_batch, preset.shares)
    _run(lesson, learning, StageOptimisers(groups), loss_of, diet)


@dataclass(frozen=True, slots=True)
class _BatchMix:
    """The number of scenes in a step, and the share of each kind."""

    batch: int
    shares: Mapping[Kind, float]

    def of(self, kinds: Sequence[Kind]) -> npt.NDArray[np.float64]:
        return np.array([self.shares.get(kind, 1.0) for kind in kinds])


def _run(
    lesson: TrainingLesson,
    modules: nn.Module,
    optimisers: StageOptimisers,
    loss_of: LossOf,
    diet: _BatchMix,
) -> None:
    stage = TrainingStage(modules.train(), optimisers, lesson.clock, loss_of, lesson.state)
    stage.resume()
    order = numbers(diet.of(lesson.store.kinds), diet.batch, lesson.seed, stage.clock.step)
    stage.run(order, lesson.report)
