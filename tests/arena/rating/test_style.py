from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy

from arena.rating.clusters import clustered_errors
from arena.rating.comparisons import POINTS
from arena.rating.newton import PairPoints, solve_strengths
from arena.rating.style import scores_with_style, solve_with_style
from tests.arena.rating.synthetic import counts_from, games_between, rows_of, styled_rows

EFFECTS = (0.35, 0.1, 0.05, 0.0)


@pytest.fixture(scope="module")
def theta():
    strengths = np.random.default_rng(3).normal(0.0, 0.7, 8)
    return strengths - strengths.mean()


@pytest.fixture(scope="module")
def rows(theta):
    return styled_rows(theta, EFFECTS, 20_000, np.random.default_rng(4))


def test_planted_effects_are_found(rows):
    fit = solve_with_style(rows, 8)
    error = np.sqrt(np.diagonal(fit.covariance)[8:])
    assert (np.abs(fit.gamma - EFFECTS) < 3 * error).all()


def test_strengths_are_those_at_equal_style(rows, theta):
    error = np.sqrt(((solve_with_style(rows, 8).theta - theta) ** 2).mean())
    plain = solve_strengths(PairPoints.of(points_of(rows))).theta
    assert error < 0.1 < np.sqrt(((plain - theta) ** 2).mean())


def points_of(rows):
    points = np.zeros((8, 8))
    np.add.at(points, (rows.a, rows.b), POINTS[rows.outcome])
    np.add.at(points, (rows.b, rows.a), 1.0 - POINTS[rows.outcome])
    return points


def test_a_general_minimizer_finds_the_same_optimum(rows):
    few = rows.take(np.arange(3000))
    fit = solve_with_style(few, 8, ridge=0.0)
    y, style = POINTS[few.outcome], few.features.astype(float) / fit.unit

    def loss(x):
        gap = x[few.a] - x[few.b] + style @ x[8:]
        return np.logaddexp(0.0, gap).sum() - y @ gap + 1e-9 * x[:8].sum() ** 2

    best = scipy.optimize.minimize(loss, np.zeros(12), method="BFGS", tol=1e-9).x
    # The borrowed points of the penalty move strengths by less than a vote's worth.
    assert fit.gamma == pytest.approx(best[8:], abs=2e-3)
    assert fit.theta == pytest.approx(best[:8] - best[:8].mean(), abs=2e-2)


def test_without_features_it_is_bradley_terry(rows):
    bare = replace(rows, features=None)
    plain = solve_strengths(PairPoints.of(points_of(rows)), firth=True)
    assert solve_with_style(bare, 8).theta == pytest.approx(plain.theta, abs=1e-7)


def test_swapping_the_sides_changes_nothing(rows):
    mirrored = replace(
        rows,
        a=rows.b,
        b=rows.a,
        outcome=np.array([1, 0, 2, 3])[rows.outcome],
        features=-rows.features,
    )
    here, there = solve_with_style(rows, 8), solve_with_style(mirrored, 8)
    assert here.theta == pytest.approx(there.theta, abs=1e-7)
    assert here.gamma == pytest.approx(there.gamma, abs=1e-7)


def test_the_unit_of_a_feature_changes_only_its_coefficient(rows):
    wide = replace(rows, features=rows.features * np.float32(8.0))
    here, there = solve_with_style(rows, 8), solve_with_style(wide, 8)
    assert here.gamma == pytest.approx(there.gamma, abs=1e-6)
    assert there.unit == pytest.approx(8 * here.unit)


def test_a_constant_feature_does_no_harm(rows):
    flat = replace(rows, features=np.zeros((len(rows), 1), dtype=np.float32))
    assert solve_with_style(flat, 8).gamma == pytest.approx([0.0])


def test_doubled_weights_equal_doubled_votes(rows):
    few = rows.take(np.arange(2000))
    heavy = solve_with_style(replace(few, weight=np.full(2000, 2.0)), 8)
    twice = solve_with_style(few.take(np.repeat(np.arange(2000), 2)), 8)
    assert heavy.theta == pytest.approx(twice.theta, abs=1e-7)
    assert np.trace(heavy.covariance) > 1.5 * np.trace(twice.covariance)


def test_a_perfect_record_stays_finite():
    rng = np.random.default_rng(5)
    games = games_between(4, 300, rng)
    games[3] = games[:, 3] = 0
    games[3, :3] = 10
    rows = rows_of(counts_from(np.array([0.0, 0.1, -0.1, 20.0]), games, rng, ties=0.0))
    style = rng.normal(0.0, 1.0, (len(rows), 2)).astype(np.float32)
    fit = solve_with_style(replace(rows, features=style), 4)
    assert 2.0 < fit.theta[3] < 8.0
    assert np.isfinite(fit.covariance).all()


def test_intervals_of_strengths_and_effects_cover(theta):
    hits = []
    rng = np.random.default_rng(6)
    for _ in range(60):
        fit = solve_with_style(styled_rows(theta, EFFECTS, 3000, rng), 8)
        level = fit.covariance[:8, :8] - fit.covariance[:8, :8].mean(axis=0)
        own = np.diagonal(level - level.mean(axis=1)[:, None])
        error = np.concatenate([np.sqrt(own), np.sqrt(np.diagonal(fit.covariance)[8:])])
        miss = np.concatenate([fit.theta - theta, fit.gamma - EFFECTS])
        hits.append(np.abs(miss) < 1.96 * error)
    assert 0.92 < np.mean(hits) < 0.98


def test_leaving_voters_out_by_refits_gives_the_same_covariance():
    rng = np.random.default_rng(12)
    rows = styled_rows(np.linspace(0.8, -0.8, 4), EFFECTS, 1500, rng)
    rows = replace(rows, voter=rows.outcome * 9 + rng.integers(0, 9, 1500))
    fit = solve_with_style(rows, 4)
    found = clustered_errors(fit.inverse, scores_with_style(fit, rows), rows).covariance
    voters = np.unique(rows.voter)
    fits = [solve_with_style(rows.take(rows.voter != voter), 4) for voter in voters]
    without = np.array([np.concatenate([one.theta, one.gamma / one.unit]) for one in fits])
    moves = without - without.mean(axis=0)
    expected = np.diagonal(moves.T @ moves) * (len(voters) - 1) / len(voters)
    size = np.concatenate([np.ones(4), 1.0 / fit.unit])
    centre = np.eye(4 + len(EFFECTS))
    centre[:4, :4] -= 0.25
    assert np.diagonal(centre @ found @ centre) * size**2 == pytest.approx(expected, rel=0.15)
