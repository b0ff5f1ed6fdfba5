from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.matchmaking import STRATEGIES, plan_pairs
from tests.arena.matchmaking.chances import probability_of


def board(models, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "theta": rng.normal(0.0, 0.7, models),
        "covariance": np.diag(rng.uniform(0.01, 0.05, models)),
        "votes": rng.integers(0, 200, models),
    }


@pytest.fixture(params=STRATEGIES)
def strategy(request):
    return request.param


def test_every_pair_has_its_probability(strategy):
    plan = plan_pairs(**board(7), strategy=strategy)
    assert len(plan.pairs) == 21
    assert plan.probability.sum() == pytest.approx(1.0)
    assert plan.probability.min() >= 0.1 / 21 - 1e-12


def test_two_models_always_meet(strategy):
    assert plan_pairs(**board(2), strategy=strategy).as_rows() == [(0, 1, 1.0)]


def test_a_board_without_votes_has_a_plan(strategy):
    nothing = np.full(3, np.nan)
    plan = plan_pairs(
        theta=nothing, covariance=np.full((3, 3), np.nan), votes=[0, 0, 0], strategy=strategy
    )
    assert len(plan.pairs) == 3


def test_one_model_cannot_be_drawn(strategy):
    with pytest.raises(ValueError, match="no two models"):
        plan_pairs(**board(1), strategy=strategy)


def test_no_models_cannot_be_drawn(strategy):
    with pytest.raises(ValueError, match="no two models"):
        plan_pairs(**board(0), strategy=strategy)


def test_the_plan_is_reproducible(strategy):
    first, again = (plan_pairs(**board(9), strategy=strategy, seed=5) for _ in range(2))
    assert first.probability.tobytes() == again.probability.tobytes()


def test_a_weight_of_zero_takes_a_model_out(strategy):
    plan = plan_pairs(**board(5), strategy=strategy, weights=[1, 1, 0, 1, 1])
    assert 2 not in plan.pairs
    assert len(plan.pairs) == 6


def test_weights_multiply_on_top(strategy):
    plain = plan_pairs(**board(5), strategy=strategy)
    weighted = plan_pairs(**board(5), strategy=strategy, weights=[3, 1, 1, 1, 1])
    lift = weighted.probability / plain.probability
    has_first = (plain.pairs == 0).any(axis=1)
    assert lift[has_first] == pytest.approx(3 * lift[~has_first][0])


@given(st.integers(2, 8), st.floats(0.0, 1.0), st.integers(0, 50))
@settings(deadline=None)
def test_the_floor_holds_for_every_pair(models, floor, seed):
    plan = plan_pairs(**board(models, seed), floor=floor)
    pairs = models * (models - 1) / 2
    for i, j in np.column_stack(np.triu_indices(models, 1)):
        assert probability_of(plan, i, j) >= floor / pairs - 1e-12


def parts(plan, models):
    """The share of all battles in which each model takes part."""
    return np.bincount(plan.pairs.ravel(), np.repeat(plan.probability, 2), minlength=models)


@pytest.mark.parametrize("models", [2, 3, 4, 5, 6, 20])
@pytest.mark.parametrize("floor", [0.0, 0.1])
@pytest.mark.parametrize("newcomers", [1, 2, 3])
def test_no_model_takes_part_above_the_ceiling(strategy, models, floor, newcomers):
    facts = {"theta": np.zeros(models), "covariance": np.diag([9.0] * models)}
    votes = [0] * newcomers + [10_000] * models
    plan = plan_pairs(**facts, votes=votes[:models], strategy=strategy, floor=floor, ceiling=0.5)
    assert plan.probability.sum() == pytest.approx(1.0)
    assert (plan.probability >= 0).all()
    assert parts(plan, models).max() <= min(1.0, max(0.5, 3 / models)) + 1e-5


def test_below_the_ceiling_nothing_changes(strategy):
    free = plan_pairs(**board(8), strategy=strategy)
    above = float(parts(free, 8).max())
    assert plan_pairs(**board(8), strategy=strategy, ceiling=above).as_rows() == free.as_rows()


def test_whoever_is_preferred_is_preferred_still_under_a_ceiling():
    facts = {"theta": np.zeros(20), "covariance": np.eye(20), "votes": [0] + [90] * 19}
    plan = plan_pairs(**facts, strategy="fewest_votes", ceiling=0.5)
    assert parts(plan, 20)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("ceiling", [0.0, -1.0, 1.1, float("nan")])
def test_a_ceiling_out_of_range_is_refused(ceiling):
    with pytest.raises(ValueError, match="ceiling"):
        plan_pairs(**board(4), ceiling=ceiling)


def test_fewest_votes_prefers_whoever_has_fewest():
    plan = plan_pairs(
        theta=np.zeros(4), covariance=np.eye(4), votes=[0, 90, 90, 90], strategy="fewest_votes"
    )
    newcomer = sum(probability_of(plan, 0, j) for j in (1, 2, 3))
    assert newcomer > 0.85


def test_votes_may_be_given_per_pair():
    pairs = np.array([[0, 4, 1], [4, 0, 0], [1, 0, 0]])
    by_pair, by_model = (
        plan_pairs(theta=np.zeros(3), covariance=np.eye(3), votes=v, strategy="fewest_votes")
        for v in (pairs, [5, 4, 1])
    )
    assert by_pair.as_rows() == by_model.as_rows()


def test_greedy_prefers_the_least_certain_model():
    plan = plan_pairs(
        theta=np.zeros(6), covariance=np.diag([1.0, 0.01, 0.01, 0.01, 0.01, 0.01]), votes=[9] * 6
    )
    assert sum(probability_of(plan, 0, j) for j in range(1, 6)) > 0.6


def test_greedy_prefers_opponents_of_equal_strength():
    plan = plan_pairs(
        theta=np.array([0.0, 0.1, 4.0, -4.0]), covariance=np.eye(4) * 0.05, votes=[9] * 4
    )
    assert probability_of(plan, 0, 1) > probability_of(plan, 2, 3)


def test_an_unrated_model_is_drawn_most():
    theta, covariance = np.zeros(5), np.eye(5) * 0.01
    theta[4] = covariance[4] = covariance[:, 4] = np.nan
    plan = plan_pairs(theta=theta, covariance=covariance, votes=[50, 50, 50, 50, 0])
    assert sum(probability_of(plan, 4, j) for j in range(4)) > 0.6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"strategy": "fair"}, "no strategy 'fair'"),
        ({"floor": 1.5}, "floor"),
        ({"weights": [1, 1, -1]}, "weights"),
        ({"weights": [1, 1]}, "weights"),
        ({"weights": [1, 1, np.nan]}, "weights"),
    ],
)
def test_a_wrong_request_is_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        plan_pairs(**board(3), **change)
