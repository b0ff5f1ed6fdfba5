from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.rating.ranking import confirmed_order, ranks


def order_of(theta, error=0.1, **options):
    theta = np.asarray(theta, dtype=float)
    return confirmed_order(theta, np.eye(len(theta)) * error**2, **options)


def test_equals_share_a_rank():
    assert ranks(np.array([0.5, 1.0, 0.5 + 1e-13, -1.0])).tolist() == [2, 1, 2, 4]


def test_far_apart_models_are_confirmed_in_order():
    order = order_of([2.0, 0.0, -2.0])
    assert order.above.tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert order.tier.tolist() == [1, 2, 3]
    assert order.best.tolist() == order.worst.tolist() == [1, 2, 3]


def test_close_models_are_one_tier():
    order = order_of([0.01, 0.0, -0.01])
    assert not order.above.any()
    assert order.tier.tolist() == [1, 1, 1]
    assert order.best.tolist() == [1, 1, 1]
    assert order.worst.tolist() == [3, 3, 3]


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.integers(0, 9))
@settings(deadline=None)
def test_the_numbering_of_models_does_not_matter(theta, seed):
    theta = np.array(theta) + np.arange(len(theta)) * 1e-3
    mix = np.random.default_rng(seed).permutation(len(theta))
    here, there = order_of(theta), order_of(theta[mix])
    assert here.tier[mix].tolist() == there.tier.tolist()
    assert here.best[mix].tolist() == there.best.tolist()
    assert (here.above[np.ix_(mix, mix)] == there.above).all()


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9))
@settings(deadline=None)
def test_nobody_is_confirmed_above_a_peer_of_its_tier(theta):
    order = order_of(theta)
    assert not (order.above & (order.tier[:, None] >= order.tier[None, :])).any()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
@settings(deadline=None)
def test_the_rank_lies_in_its_interval(theta):
    order, place = order_of(theta), ranks(np.array(theta))
    assert (order.best <= place).all()
    assert (place <= order.worst).all()


def test_an_uncertain_newcomer_may_still_be_first():
    covariance = np.diag([0.01, 0.01, 9.0])
    order = confirmed_order(np.array([1.0, 0.0, -1.0]), covariance)
    assert (order.best[2], order.worst[2]) == (1, 3)


def test_errors_that_move_together_separate_more():
    theta, error = np.array([0.3, 0.0]), 0.2
    shared = np.full((2, 2), 0.95) + np.eye(2) * 0.05
    assert not confirmed_order(theta, error**2 * np.eye(2)).above.any()
    assert confirmed_order(theta, error**2 * shared).above[0, 1]


@pytest.mark.parametrize("models", [0, 1])
def test_boards_too_small_for_an_order(models):
    assert order_of(np.zeros(models)).tier.tolist() == [1] * models


def test_a_false_statement_is_rare_among_equals():
    rng = np.random.default_rng(3)
    boards = [order_of(rng.normal(0, 0.1, 20), draws=256) for _ in range(200)]
    assert np.mean([order.above.any() for order in boards]) <= 0.08


def test_step_down_confirms_more_than_one_step_would():
    group = np.linspace(0.0, 0.4525, 5)  # 3.2 errors: too little among 15 models, enough among 5
    crowd = np.concatenate([group, np.linspace(0.1, 0.3, 10)])
    apart = np.concatenate([group, group + 3.0, group - 3.0])
    assert not order_of(crowd).above.any()
    assert order_of(apart).above[4, 0]
