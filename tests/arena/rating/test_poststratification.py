"""Weights that make votes speak for a population, against formulas of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.comparisons import Comparisons
from arena.rating.methods import load_method
from arena.rating.newton import PairPoints, expected_points, solve_strengths
from arena.rating.poststratification import effective_size, population_weights

FIT = load_method("bradley_terry").fit
NAMES = ("a", "b", "c")


def drawn(votes=600, seed=3):
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 3, votes)
    b = (a + rng.integers(1, 3, votes)) % 3
    return Comparisons(a, b, rng.integers(0, 4, votes).astype(np.int8)), rng


def test_each_group_weighs_its_share_and_all_weigh_the_effective_size():
    group = np.array([0] * 60 + [1] * 30 + [2] * 10)
    found = population_weights(group, [0.2, 0.5, 0.3])
    total = np.bincount(group, weights=found.weights)
    assert total / total.sum() == pytest.approx([0.2, 0.5, 0.3])
    # Kish, Survey Sampling, 11.7: 1 + the squared coefficient of variation of the weights.
    spread = 1.0 + found.weights.var() / found.weights.mean() ** 2
    assert found.design_effect == pytest.approx(spread)
    assert found.weights.sum() == pytest.approx(found.effective)
    assert not found.trimmed


def test_equal_shares_change_nothing():
    votes, _ = drawn()
    found = population_weights(np.arange(600) % 2, [0.5, 0.5])
    assert found.weights == pytest.approx(np.ones(600))
    weighted = FIT(replace(votes, weight=found.weights), models=NAMES)
    assert weighted.theta == pytest.approx(FIT(votes, models=NAMES).theta, abs=1e-9)


def test_a_rare_group_is_cut_and_the_others_take_what_it_lacks():
    group = np.array([0] * 99 + [1])
    found = population_weights(group, [0.5, 0.5])
    assert found.trimmed
    assert found.groups == pytest.approx([95 / 99, 5.0])
    assert found.reached == pytest.approx([0.95, 0.05])


def test_a_cut_that_lifts_another_group_beyond_the_limit_cuts_that_too():
    group = np.array([0] * 1 + [1] * 9 + [2] * 90)
    found = population_weights(group, [0.45, 0.44, 0.11], most=3.0)
    assert found.groups[:2] == pytest.approx([3.0, 3.0])
    assert (found.groups * [1, 9, 90]).sum() == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("group", "shares"),
    [([0, 1], [0.5, 0.6]), ([0, 1], [-0.5, 1.5]), ([0, 0], [0.5, 0.5]), ([0, 2], [0.5, 0.5])],
    ids=["more than all", "below zero", "a group without votes", "a vote without a group"],
)
def test_what_describes_no_population_is_refused(group, shares):
    with pytest.raises(ValueError, match="population"):
        population_weights(np.array(group), shares)


def test_weights_of_whole_numbers_are_votes_repeated():
    votes, rng = drawn()
    times = rng.integers(1, 4, len(votes))
    repeated = votes.take(np.repeat(np.arange(len(votes)), times))
    weighted = FIT(replace(votes, weight=times.astype(np.float64)), models=NAMES)
    assert weighted.theta == pytest.approx(FIT(repeated, models=NAMES).theta, abs=1e-9)


def test_the_weighted_optimum_and_its_sandwich_are_those_of_survey_statistics():
    """Binder (Int. Statist. Rev. 51, 1983): the scores' weighted sum is zero, and the covariance is
    H^-1 (sum of w^2 s s') H^-1; here by loops over the votes, without the penalty."""
    votes, rng = drawn(4000)
    found = population_weights((rng.random(4000) < 0.8).astype(np.int64), [0.6, 0.4])
    weighted = replace(votes, weight=found.weights)
    fit = FIT(weighted, models=NAMES, penalty="none")
    table = weighted.weighed(3)
    theta = solve_strengths(PairPoints.of_table(table)).theta
    chance = expected_points(theta)
    bread, filling, slope = np.zeros((3, 3)), np.zeros((3, 3)), np.zeros(3)
    points = np.array([1.0, 0.0, 0.5, 0.5])
    for a, b, outcome, weight in zip(votes.a, votes.b, votes.outcome, found.weights, strict=True):
        side = np.zeros(3)
        side[a], side[b] = 1.0, -1.0
        score = weight * (points[outcome] - chance[a, b]) * side
        bread += weight * chance[a, b] * chance[b, a] * np.outer(side, side)
        filling += np.outer(score, score)
        slope += score
    assert slope == pytest.approx(np.zeros(3), abs=1e-6)
    inverse = np.linalg.pinv(bread, rcond=1e-9)
    expected = inverse @ filling @ inverse
    between = np.array([1.0, -1.0, 0.0])
    assert between @ fit.covariance @ between == pytest.approx(
        between @ expected @ between, rel=1e-6
    )


def test_the_effective_size_of_equal_weights_is_their_number():
    assert effective_size(np.full(7, 0.3)) == pytest.approx(7.0)
