from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference_worker.training.optimise import TrainingClock
from inference_worker.training.presets import PRESETS
from inference_worker.training.stages import TrainingLesson, _BatchMix, learn_answers, learn_cells
from inference_worker.training.store import load, render

SMALL = replace(PRESETS["tiny"], scenes=60, batch=8, answer_batch=8)


@pytest.fixture(scope="module")
def store(tmp_path_factory, fonts_at_hand):
    folder = tmp_path_factory.mktemp("scenes")
    render(folder, SMALL.scenes, lambda done: None)
    return load(folder)


@pytest.fixture
def taught(tiny, tokenizer, store, tmp_path):
    """A copy of the untrained model after a few steps of a stage, and the losses on its way."""

    def teach(stage, preset=SMALL, steps=3, seed=0):
        torch.manual_seed(seed)  # as a run does: the vision stage's own vectors are random
        model, losses = copy.deepcopy(tiny), []

        def report(clock, loss):
            losses.append(loss)

        state = tmp_path / f"{stage.__name__}-{len(list(tmp_path.iterdir()))}"
        clock = TrainingClock(steps=steps, hold=preset.hold)
        stage(TrainingLesson(model, tokenizer, store, preset, clock, report, state, seed))
        return model, losses

    return teach


def moved(before, after):
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    return not all(torch.equal(one, other) for one, other in pairs)


def test_cells_teach_tower_projector_and_words_alone(tiny, taught):
    model, losses = taught(learn_cells)
    assert len(losses) == 3
    assert moved(tiny.model.vision_tower, model.model.vision_tower)
    assert moved(tiny.model.multi_modal_projector, model.model.multi_modal_projector)
    assert moved(tiny.get_input_embeddings(), model.get_input_embeddings())
    assert not moved(tiny.model.language_model.layers, model.model.language_model.layers)


def test_answers_teach_all_of_it(tiny, taught):
    model, _ = taught(learn_answers)
    assert moved(tiny.model.vision_tower, model.model.vision_tower)
    assert moved(tiny.model.language_model.layers, model.model.language_model.layers)


def test_the_tower_rests_as_long_as_the_preset_says(tiny, taught):
    resting, _ = taught(learn_answers, replace(SMALL, tower_from=0.99))
    assert not moved(tiny.model.vision_tower, resting.model.vision_tower)
    assert moved(tiny.model.language_model.layers, resting.model.language_model.layers)


def test_the_tower_wakes(tiny, taught):
    woken, _ = taught(learn_answers, replace(SMALL, tower_from=0.5))
    assert moved(tiny.model.vision_tower, woken.model.vision_tower)


@pytest.mark.parametrize("stage", [learn_cells, learn_answers])
def test_a_seed_gives_the_same_losses(taught, stage):
    assert taught(stage)[1] == taught(stage)[1]
    assert taught(stage, seed=1)[1] != taught(stage)[1]


def test_drills_change_what_is_learned(taught):
    drilled = replace(SMALL, drills=True, room=170)
    assert taught(learn_answers, drilled)[1] != taught(learn_answers)[1]


def test_a_diet_gives_each_scene_the_share_of_its_kind():
    shares = _BatchMix(8, {"text": 0.5}).of(["shapes", "text", "bars", "text"])
    assert np.array_equal(shares, [1.0, 0.5, 1.0, 0.5])
