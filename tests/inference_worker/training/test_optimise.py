from __future__ import annotations

import pytest
import torch
from torch import nn

from inference_worker.training.optimise import StageOptimisers, TrainingClock


def at(step, steps=1_000):
    clock = TrainingClock(steps=steps)
    clock.step = step
    return clock


def test_the_rate_rises_holds_and_falls():
    assert at(0).rate == pytest.approx(0.01)
    assert at(99).rate == at(550).rate == pytest.approx(1.0)
    assert at(1_000).rate == pytest.approx(0.03)


def test_the_rate_never_rises_again_after_the_plateau():
    rates = [at(step).rate for step in range(550, 1_001)]
    assert rates == sorted(rates, reverse=True)


def test_minutes_measure_a_run_where_no_steps_are_given():
    clock = TrainingClock(minutes=2.0)
    clock.spent = 60.0
    assert clock.share == 0.5


def test_a_run_is_never_more_than_done():
    assert at(5_000).share == 1.0


def test_every_parameter_learns():
    module = nn.Sequential(nn.Embedding(20, 32), nn.Linear(32, 32), nn.LayerNorm(32))
    before = [parameter.detach().clone() for parameter in module.parameters()]
    optimisers = StageOptimisers([(module, 0.01)])
    (module(torch.arange(20)) * torch.randn(20, 32)).sum().backward()
    optimisers.step(1.0)
    after = list(module.parameters())
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_a_rate_of_nothing_changes_nothing():
    module = nn.Linear(32, 32)
    before = module.weight.detach().clone()
    optimisers = StageOptimisers([(module, 0.01)])
    module(torch.randn(4, 32)).sum().backward()
    optimisers.step(0.0)
    assert torch.equal(before, module.weight)
