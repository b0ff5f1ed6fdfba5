from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy
from hypothesis import given, settings

from arena.rating.clusters import clustered_errors
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.graph import resistance
from arena.rating.ties import outcome_shares, scores_with_ties, solve_with_ties
from tests.arena.rating.strategies import pair_counts
from tests.arena.rating.synthetic import counts_from, games_between, rows_of

TRUE_THETA = np.array([1.0, 0.2, -0.4, -0.8])
TRUE_TENDENCY = np.log([0.8, 0.3])


def votes(games, rng):
    now = outcome_shares(TRUE_THETA, TRUE_TENDENCY)
    parts = np.stack([now.win, now.loss, *now.level], axis=-1)
    return rng.multinomial(games, parts)


def test_shares_add_up_to_one():
    now = outcome_shares(TRUE_THETA, TRUE_TENDENCY)
    assert now.win + now.loss + now.level.sum(axis=0) == pytest.approx(np.ones((4, 4)))


def test_equals_tie_by_the_tendency_alone():
    now = outcome_shares(np.zeros(2), np.log([2.0, 1.0]))
    assert now.level[:, 0, 1] == pytest.approx([0.4, 0.2])


def test_a_general_minimizer_finds_the_same_optimum():
    rng = np.random.default_rng(2)
    table = votes(games_between(4, 20_000, rng), rng)

    def loss(x):
        now = outcome_shares(x[:4], x[4:])
        parts = np.stack([now.win, now.loss, *now.level], axis=-1)
        return -(table * np.log(parts)).sum() + x[:4].sum() ** 2

    best = scipy.optimize.minimize(loss, np.zeros(6), method="BFGS", tol=1e-8).x
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


def voted(rng, voters=25):
    """Votes whose voters each have a taste of their own."""
    theta = np.linspace(0.6, -0.6, 4)
    parts = [
        rows_of(counts_from(theta + rng.normal(0.0, 0.6, 4), games_between(4, 40, rng), rng))
        for _ in range(voters)
    ]
    columns = [np.concatenate([getattr(p, c) for p in parts]) for c in ("a", "b", "outcome")]
    return Comparisons(*columns, np.repeat(np.arange(voters), [len(part) for part in parts]))


def parameters(rows):
    fit = solve_with_ties(rows.counts(4).table)
    return np.concatenate([fit.theta, fit.tendency])


def test_leaving_voters_out_by_refits_gives_the_same_covariance():
    rows = voted(np.random.default_rng(5))
    fit = solve_with_ties(rows.counts(4).table)
    found = clustered_errors(fit.inverse, scores_with_ties(fit, rows), rows).covariance
    without = np.array([parameters(rows.take(rows.voter != voter)) for voter in range(25)])
    moves = without - without.mean(axis=0)
    expected = moves.T @ moves * 24 / 25
    assert gaps(found) == pytest.approx(gaps(expected), rel=0.1)
    assert np.diagonal(found)[4:] == pytest.approx(np.diagonal(expected)[4:], rel=0.1)


def gaps(covariance):
    return resistance(covariance[:4, :4])[np.triu_indices(4, 1)]


def test_a_weight_of_two_counts_twice():
    rows = voted(np.random.default_rng(6))
    weight = np.where(np.arange(len(rows)) % 3, 1.0, 2.0)
    weighed = replace(rows, weight=weight)
    found = solve_with_ties(weighed.weighed(4), weighed.weighed(4, power=2))
    twice = rows.take(np.repeat(np.arange(len(rows)), weight.astype(int)))
    assert np.concatenate([found.theta, found.tendency]) == pytest.approx(parameters(twice))
    assert np.trace(found.covariance) > np.trace(solve_with_ties(twice.counts(4).table).covariance)
