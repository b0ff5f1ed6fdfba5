from __future__ import annotations

import numpy as np
import pytest
import scipy
from hypothesis import given, settings

from arena.rating.newton import PairPoints, expected_points, solve_strengths
from tests.arena.rating.strategies import joined_counts

# Wins at home of the row over the column, American League East 1987, as printed in Agresti,
# Categorical Data Analysis (2nd ed. 2002), table 10.10; order as in TEAMS.
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
HOME_WINS = [
    [0, 4, 4, 4, 6, 4, 6],
    [3, 0, 4, 4, 6, 6, 4],
    [2, 4, 0, 2, 4, 4, 6],
    [3, 5, 2, 0, 4, 4, 6],
    [5, 2, 3, 4, 0, 5, 6],
    [2, 3, 3, 4, 4, 0, 2],
    [2, 1, 1, 2, 1, 3, 0],
]
AWAY_WINS = [
    [0, 3, 2, 3, 1, 2, 0],
    [3, 0, 2, 3, 0, 1, 3],
    [5, 3, 0, 4, 3, 2, 0],
    [3, 1, 5, 0, 3, 2, 1],
    [1, 5, 3, 2, 0, 2, 0],
    [5, 3, 4, 3, 2, 0, 4],
    [5, 5, 6, 4, 6, 4, 0],
]
PUBLISHED = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0.0]
PUBLISHED_ERRORS = [0.3433, 0.3396, 0.3367, 0.3359, 0.3339, 0.3319]


def baseball():
    return PairPoints.of(np.array(HOME_WINS, dtype=float) + np.array(AWAY_WINS, dtype=float).T)


def points_of(counts):
    return counts.beat + 0.5 * counts.tied


def by_minimizer(points):
    """The optimum from a general minimiser, as an independent witness."""

    def loss(theta):
        gap = theta[:, None] - theta[None, :]
        return float((points * np.logaddexp(0.0, -gap)).sum() + 1e-12 * theta @ theta)

    def slope(theta):
        return -(points - (points + points.T) * expected_points(theta)).sum(axis=1)

    found = scipy.optimize.minimize(
        loss, np.zeros(len(points)), jac=slope, method="BFGS", tol=1e-12
    )
    return found.x - found.x.mean()


def test_the_published_baseball_example():
    theta = solve_strengths(baseball()).theta
    assert theta - theta[-1] == pytest.approx(PUBLISHED, abs=6e-4)


def test_the_published_baseball_standard_errors():
    inverse = solve_strengths(baseball()).inverse
    own = np.diagonal(inverse)
    errors = np.sqrt(own + own[-1] - 2 * inverse[:, -1])[:-1]
    assert errors == pytest.approx(PUBLISHED_ERRORS, abs=1e-4)


@given(joined_counts())
@settings(max_examples=25, deadline=None)
def test_a_general_minimizer_finds_the_same_optimum(counts):
    points = points_of(counts)
    assert solve_strengths(PairPoints.of(points)).theta == pytest.approx(
        by_minimizer(points), abs=1e-6
    )


@given(joined_counts())
@settings(deadline=None)
def test_the_gradient_vanishes_at_the_optimum(counts):
    tally = PairPoints.of(points_of(counts))
    theta = solve_strengths(tally).theta
    slope = (tally.points - tally.games * expected_points(theta)).sum(axis=1)
    assert np.abs(slope).max() < 1e-9 * tally.games.max()


def firth_loss(points):
    games = points + points.T

    def loss(theta):
        chance = expected_points(theta)
        weight = games * chance * chance.T
        information = np.diag(weight.sum(axis=1)) - weight
        _, log_determinant = np.linalg.slogdet(information[1:, 1:])
        return -float((points * np.log(chance)).sum()) - 0.5 * log_determinant

    return loss


@pytest.mark.parametrize("points", [[[0, 9], [0, 0]], [[0, 5, 1], [0, 0, 2], [0, 3, 0]]])
def test_the_penalised_optimum_maximises_likelihood_times_jeffreys_prior(points):
    points = np.array(points, dtype=float)
    theta = solve_strengths(PairPoints.of(points), firth=True).theta
    best = scipy.optimize.minimize(
        firth_loss(points), np.zeros(len(theta)), method="Nelder-Mead", tol=1e-12
    )
    assert theta == pytest.approx(best.x - best.x.mean(), abs=1e-4)


def test_a_perfect_record_stays_finite_with_the_penalty():
    theta = solve_strengths(PairPoints.of(np.array([[0.0, 40.0], [0.0, 0.0]])), firth=True).theta
    assert theta[0] - theta[1] == pytest.approx(np.log(40.5 / 0.5))


def test_a_perfect_record_has_no_optimum_without_it():
    with pytest.raises(ValueError, match=r"finite|connect"):
        solve_strengths(PairPoints.of(np.array([[0.0, 40.0], [0.0, 0.0]])))


def test_models_that_never_met_have_no_optimum():
    points = np.zeros((4, 4))
    points[0, 1] = points[1, 0] = points[2, 3] = points[3, 2] = 3.0
    with pytest.raises(ValueError, match="connect"):
        solve_strengths(PairPoints.of(points))


@pytest.mark.parametrize("firth", [False, True])
def test_a_warm_start_ends_at_the_same_place(firth):
    cold = solve_strengths(baseball(), firth=firth)
    warm = solve_strengths(baseball(), firth=firth, start=cold.theta + 0.3)
    assert warm.theta == pytest.approx(cold.theta, abs=1e-9)
    assert warm.steps < cold.steps


def test_a_start_far_away_still_converges():
    far = 20.0 * np.cos(np.arange(7))
    assert solve_strengths(baseball(), start=far).theta == pytest.approx(
        solve_strengths(baseball()).theta, abs=1e-9
    )
