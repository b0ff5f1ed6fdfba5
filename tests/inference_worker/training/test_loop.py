from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from inference_worker.training.batches import numbers
from inference_worker.training.loop import TrainingStage
from inference_worker.training.optimise import StageOptimisers, TrainingClock

ALL = np.ones(40)
TARGETS = torch.linspace(-1, 1, 40 * 16).reshape(40, 16)


class Cut(Exception):
    """As a power cut ends a run."""


def stage(path, steps=8):
    torch.manual_seed(0)
    module = nn.Linear(16, 16)

    def loss_of(chosen, step):
        del step
        return (module(TARGETS[chosen]) - TARGETS[chosen]).square().mean()

    return TrainingStage(
        module, StageOptimisers([(module, 0.02)]), TrainingClock(steps=steps), loss_of, path
    )


def run(work, cut_at=None):
    losses = []

    def report(clock, loss):
        losses.append(loss)
        if clock.step == cut_at:
            raise Cut

    work.run(numbers(ALL, 5, 0, work.clock.step), report)
    return losses


def test_the_loss_falls(tmp_path):
    losses = run(stage(tmp_path / "state", steps=200))
    assert losses[-1] < losses[0] / 2


def test_it_runs_the_steps_asked_for(tmp_path):
    assert len(run(stage(tmp_path / "state"))) == 8


def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(tmp_path):
    whole = stage(tmp_path / "whole")
    expected = run(whole)
    cut = stage(tmp_path / "cut")
    with pytest.raises(Cut):
        run(cut, cut_at=3)
    cut.save()
    resumed = stage(tmp_path / "cut")
    resumed.resume()
    assert run(resumed) == expected[3:]
    assert torch.equal(resumed.modules.weight, whole.modules.weight)


def test_without_a_state_a_run_starts_at_its_beginning(tmp_path):
    work = stage(tmp_path / "none")
    work.resume()
    assert work.clock.step == 0


def test_a_state_is_replaced_whole(tmp_path):
    work = stage(tmp_path / "state")
    work.save()
    work.save()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_what_was_spent_before_a_stage_is_not_counted_as_its_own(tmp_path):
    work = stage(tmp_path / "state")
    work.clock._mark -= 1000  # as if an earlier stage had run since the clock was made
    run(work)
    assert 0 < work.clock.spent < 1000
