"""Votes until an interval is narrow: against the closed form, and against a refit by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from arena.matchmaking import PairProbabilities, votes_until, widths_after


def uniform(models):
    return PairProbabilities.from_rows(
        "uniform", [(i, j, 1.0) for i, j in combinations(range(models), 2)]
    )


def centred_inverse(information):
    """The covariance about the mean of all, of ratings that are known up to a constant."""
    return np.linalg.pinv(information)


def laplacian(models, pairs, weights):
    total = np.zeros((models, models))
    for (i, j), weight in zip(pairs, weights, strict=True):
        step = np.zeros(models)
        step[i], step[j] = 1.0, -1.0
        total += weight * np.outer(step, step)
    return total


def test_two_equal_models_follow_the_closed_form():
    """n votes on an even pair have the information n / 4 about the difference."""
    known = 100.0
    covariance = centred_inverse(laplacian(2, [(0, 1)], [known / 4]))
    for votes in (0.0, 50.0, 700.0):
        found = widths_after(votes, np.zeros(2), covariance, uniform(2), width_per_sd=1.0)
        difference = 4.0 / (known + votes)
        assert found == pytest.approx(np.sqrt(difference / 4.0), rel=1e-6)
    [first, second] = votes_until(0.05, np.zeros(2), covariance, uniform(2), width_per_sd=1.0)
    assert first == second == pytest.approx(1 / 0.05**2 - known, rel=1e-4)


def test_votes_add_the_information_of_the_plan():
    rng = np.random.default_rng(3)
    models, pairs = 6, list(combinations(range(6), 2))
    theta = rng.normal(0.0, 0.8, models)
    theta -= theta.mean()
    before = laplacian(models, pairs, rng.uniform(1.0, 9.0, len(pairs)))
    share = rng.dirichlet(np.ones(len(pairs)))
    plan = PairProbabilities.from_rows("own", [(*p, s) for p, s in zip(pairs, share, strict=True)])
    chance = np.array([1 / (1 + np.exp(theta[j] - theta[i])) for i, j in pairs])
    one = laplacian(models, pairs, share * chance * (1 - chance))
    found = widths_after(400.0, theta, centred_inverse(before), plan, width_per_sd=2.0)
    expected = 2.0 * np.sqrt(np.diagonal(centred_inverse(before + 400.0 * one)))
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_votes_that_are_named_bring_the_width_and_one_per_cent_fewer_do_not():
    rng = np.random.default_rng(5)
    theta = rng.normal(0.0, 0.5, 8)
    covariance = np.full((8, 8), np.nan)  # nobody has been rated yet
    needed = votes_until(0.4, theta * np.nan, covariance, uniform(8), width_per_sd=1.0)
    assert np.isfinite(needed).all()
    for model, votes in enumerate(needed):
        at = widths_after(votes, theta * np.nan, covariance, uniform(8), width_per_sd=1.0)
        early = widths_after(votes * 0.99, theta * np.nan, covariance, uniform(8), width_per_sd=1.0)
        assert at[model] <= 0.4 + 1e-9 < early[model] + 1e-3
        assert early[model] > 0.4


def test_a_model_that_is_never_drawn_never_gets_there():
    plan = PairProbabilities.from_rows("own", [(0, 1, 1.0)])
    covariance = np.diag([0.1, 0.1, 4.0])
    needed = votes_until(0.5, np.zeros(3), covariance, plan, width_per_sd=1.0)
    assert np.isinf(needed[2])


def test_a_width_that_is_there_already_takes_no_vote():
    covariance = centred_inverse(laplacian(2, [(0, 1)], [1e6]))
    assert votes_until(1.0, np.zeros(2), covariance, uniform(2), width_per_sd=1.0).tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(ValueError, match="width"):
        votes_until(width, np.zeros(2), np.eye(2), uniform(2), width_per_sd=1.0)
