from __future__ import annotations

import numpy as np
import pytest
import scipy

from arena.rating.comparisons import PairCounts
from arena.rating.intervals import (
    Z95,
    contrast,
    guarded,
    sandwich,
    thin_models,
    unseen_noise,
)
from arena.rating.newton import PairPoints, laplacian, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    return counts_from(np.linspace(1.0, -1.0, 5), games_between(5, 400, rng), rng)


def optimum_of(counts):
    return solve_strengths(PairPoints.of(counts.beat + 0.5 * counts.tied), firth=True)


def test_the_normal_quantile_is_scipy_s_to_the_last_bit():
    assert scipy.special.ndtri(0.975) == Z95


def test_two_ties_alone_have_finite_errors():
    counts = PairCounts.from_cells(3, [0, 0], [1, 2], [3, 3], [1, 1])
    optimum = optimum_of(counts)
    assert np.isfinite(sandwich(optimum, counts.table, leverage=True)).all()


def by_votes(counts, optimum, leverage):
    """The sandwich summed up vote by vote."""
    meat = np.zeros((5, 5))
    for i, j, outcome in zip(*np.nonzero(counts.table), strict=True):
        chance = optimum.expected[i, j]
        residual = (1.0, 0.0, 0.5, 0.5)[outcome] - chance
        side = np.eye(5)[i] - np.eye(5)[j]
        if leverage:
            residual /= 1.0 - chance * (1.0 - chance) * (side @ optimum.slope @ side)
        meat += counts.table[i, j, outcome] * residual**2 * np.outer(side, side)
    return optimum.inverse @ meat @ optimum.inverse


@pytest.mark.parametrize("leverage", [False, True])
def test_pair_sums_give_the_sandwich_of_single_votes(counts, leverage):
    optimum = optimum_of(counts)
    found = sandwich(optimum, counts.table, leverage=leverage)
    assert found == pytest.approx(by_votes(counts, optimum, leverage))


def test_leverage_widens(counts):
    optimum = optimum_of(counts)
    plain, corrected = (sandwich(optimum, counts.table, leverage=on) for on in (False, True))
    assert (np.diagonal(corrected) > np.diagonal(plain)).all()


def test_a_contrast_has_no_error_along_its_base(counts):
    base = np.array([0.5, 0.5, 0.0, 0.0, 0.0])
    moved = contrast(optimum_of(counts).inverse, base)
    assert base @ moved @ base == pytest.approx(0.0, abs=1e-12)


def test_the_guard_widens_thin_models_alone():
    robust, model_based = np.diag([1.0, 1.0, 3.0]), np.diag([2.0, 2.0, 2.0])
    widened = guarded(robust, model_based, np.array([True, False, True]))
    assert np.diagonal(widened).tolist() == [2.0, 1.0, 3.0]


def test_a_perfect_record_is_thin_and_even_records_are_not():
    table = np.zeros((3, 3, 4), dtype=np.int64)
    table[0, 1, :2] = 50
    table[2, :2, 0] = 20
    votes = PairCounts(table)
    thin = thin_models(optimum_of(votes), votes.met.astype(float))
    assert thin.tolist() == [False, False, True]


def test_only_what_residuals_hide_is_added(counts):
    ties = PairCounts.from_cells(2, [0], [1], [2], [40])
    hidden = unseen_noise(optimum_of(ties), ties.table)
    open_to_see = unseen_noise(optimum_of(counts), counts.table)
    assert hidden[0, 0] > 0.0
    assert np.abs(open_to_see).max() < 1e-3 * np.abs(optimum_of(counts).inverse).max()


def test_noise_is_a_laplacian(counts):
    weight = counts.met.astype(float)
    assert laplacian(weight).sum(axis=1) == pytest.approx(np.zeros(5))
