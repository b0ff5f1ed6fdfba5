from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize

from arena.rating.comparisons import PairCounts
from arena.rating.ties import shares, solve_with_ties
from tests.arena.rating.strategies import pair_counts
from tests.arena.rating.synthetic import games_between

TRUE_THETA = np.array([1.0, 0.2, -0.4, -0.8])
TRUE_TENDENCY = np.log([0.8, 0.3])


def votes(games, rng):
    now = shares(TRUE_THETA, TRUE_TENDENCY)
    parts = np.stack([now.win, now.loss, *now.level], axis=-1)
    return rng.multinomial(games, parts)


def test_shares_add_up_to_one():
    now = shares(TRUE_THETA, TRUE_TENDENCY)
    assert now.win + now.loss + now.level.sum(axis=0) == pytest.approx(np.ones((4, 4)))


def test_equals_tie_by_the_tendency_alone():
    now = shares(np.zeros(2), np.log([2.0, 1.0]))
    assert now.level[:, 0, 1] == pytest.approx([0.4, 0.2])


def test_a_general_minimizer_finds_the_same_optimum():
    rng = np.random.default_rng(2)
    table = votes(games_between(4, 20_000, rng), rng)

    def loss(x):
        now = shares(x[:4], x[4:])
        parts = np.stack([now.win, now.loss, *now.level], axis=-1)
        return -(table * np.log(parts)).sum() + x[:4].sum() ** 2

    best = minimize(loss, np.zeros(6), method="BFGS", tol=1e-8).x
    fit = solve_with_ties(table)
    # Borrowed and half votes move the optimum by about one vote in twenty thousand.
    assert fit.theta == pytest.approx(best[:4] - best[:4].mean(), abs=2e-3)
    assert fit.tendency == pytest.approx(best[4:], abs=2e-3)


def test_intervals_cover_strengths_and_tendencies():
    rng = np.random.default_rng(3)
    level = np.eye(6)
    level[:4, :4] -= 0.25
    truth = np.concatenate([TRUE_THETA, TRUE_TENDENCY])
    hits = []
    for _ in range(200):
        fit = solve_with_ties(votes(games_between(4, 600, rng), rng))
        error = np.sqrt(np.diagonal(level @ fit.covariance @ level.T))
        hits.append(np.abs(np.concatenate([fit.theta, fit.tendency]) - truth) < 1.96 * error)
    assert np.mean(hits, axis=0) == pytest.approx([0.95] * 6, abs=0.045)


@given(pair_counts(least=2, most=5))
@settings(deadline=None)
def test_any_connected_board_is_finite(counts):
    table = counts.table.copy()
    table[0, 1:, 0] += 1  # a star joins everybody, often with perfect records
    fit = solve_with_ties(table)
    assert np.isfinite(fit.theta).all()
    assert np.isfinite(fit.covariance).all()


def test_a_board_without_ties_is_told_to_have_hardly_any():
    table = np.zeros((2, 2, 4), dtype=np.int64)
    table[0, 1, :2] = 500
    fit = solve_with_ties(PairCounts(table).table)
    assert np.exp(fit.tendency).sum() / (2 + np.exp(fit.tendency).sum()) < 0.002
