from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch

from inference_worker.training import __main__ as command
from inference_worker.training.grow import DoesNotFit
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.pipeline import TrainingLength, TrainingRun
from inference_worker.training.plotting import read_losses
from inference_worker.training.presets import PRESETS
from tests.inference_worker.training.nearness import apart

pytestmark = pytest.mark.usefixtures("needs_fonts")
SMALL = replace(PRESETS["tiny"], scenes=60)
DEEPER = replace(SMALL, layers=2, depths=(1, 2), drills=True, room=140)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return tmp_path_factory.mktemp("drawn") / "scenes"


def test_steps_or_minutes_pace_a_run():
    cells, answers = TrainingLength((3, 5)).clocks(hold=0.7)
    assert (cells.steps, answers.steps, answers.hold) == (3, 5, 0.7)
    cells, answers = TrainingLength((0, 0), (1.5, 3.5)).clocks(hold=0.7)
    assert (cells.minutes, answers.minutes) == (1.5, 3.5)


def test_a_grown_run_learns_answers_alone(tmp_path, scenes, untrained):
    TrainingRun(DEEPER, tmp_path, TrainingLength((9, 2)), smaller=untrained).train(scenes)
    assert set(read_losses(tmp_path)) == {"answers"}
    assert not (tmp_path / "cells.state").exists()


def test_a_grown_run_of_no_length_is_the_smaller_model(tmp_path, scenes, untrained):
    run = TrainingRun(DEEPER, tmp_path, TrainingLength((0, 0), (1e-9, 1e-9)), smaller=untrained)
    model, _ = run._begin()
    before, _ = open_checkpoint(untrained)
    pictures = torch.zeros(1, 3, 96, 96)
    one, other = (each.get_image_features(pictures).pooler_output[0] for each in (before, model))
    assert torch.allclose(one, other, rtol=0, atol=1e-4)


def test_it_keeps_the_smaller_ones_tokenizer(tmp_path, scenes, untrained, processor):
    _, kept = TrainingRun(DEEPER, tmp_path, TrainingLength((9, 1)), smaller=untrained).train(scenes)
    assert kept.tokenizer.get_vocab() == processor.tokenizer.get_vocab()


def test_what_does_not_fit_is_refused_before_anything_is_drawn(tmp_path, untrained):
    wider = replace(DEEPER, hidden=96)
    with pytest.raises(DoesNotFit):
        TrainingRun(wider, tmp_path, TrainingLength((9, 1)), smaller=untrained).train(
            tmp_path / "scenes"
        )
    assert not (tmp_path / "scenes").exists()


def weights(folder, scenes, untrained, seed=1):
    run = TrainingRun(DEEPER, folder, TrainingLength((9, 2)), seed=seed, smaller=untrained)
    return dict(run.train(scenes)[0].named_parameters())


def test_a_grown_run_repeats_itself(tmp_path, scenes, untrained):
    one, other = (weights(tmp_path / name, scenes, untrained) for name in "ab")
    another = weights(tmp_path / "c", scenes, untrained, seed=2)
    assert apart(one, other) < apart(one, another) / 50


@pytest.fixture
def asked(monkeypatch):
    def arguments(*words):
        monkeypatch.setattr(sys, "argv", ["training", "--out", "run", *words])
        return command._arguments()

    return arguments


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_has_its_own_length(asked, name):
    assert command._length(asked("--preset", name)) == TrainingLength(PRESETS[name].steps)


def test_minutes_are_shared_between_the_stages(asked):
    length = command._length(asked("--minutes", "10"))
    assert length.steps == (0, 0)
    assert length.minutes == (3.0, 7.0)


def test_steps_are_taken_as_they_are(asked):
    assert command._length(asked("--steps", "4", "5")) == TrainingLength((4, 5))


def test_steps_and_minutes_exclude_each_other(asked, capsys):
    with pytest.raises(SystemExit):
        asked("--steps", "4", "5", "--minutes", "1")
    assert "not allowed with" in capsys.readouterr().err
