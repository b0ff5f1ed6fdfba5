"""How far two orders agree, against orders whose agreement is known."""

from __future__ import annotations

import numpy as np

from arena.benchmarks.correlation import FEWEST_MODELS, rank_agreement

SCORES = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]


def test_the_same_order_is_one_and_the_reverse_minus_one():
    same = rank_agreement(SCORES, [900.0 + each for each in SCORES], [1e-6] * 8)
    assert (same.spearman, round(same.kendall, 9), same.models) == (1.0, 1.0, 8)
    assert (round(same.lower, 9), round(same.upper, 9)) == (1.0, 1.0)
    reverse = rank_agreement(SCORES, [-each for each in SCORES], [1e-6] * 8)
    assert round(reverse.spearman, 9) == -1.0


def test_wide_ratings_widen_the_interval():
    ratings = [900.0 + each for each in SCORES]
    sure = rank_agreement(SCORES, ratings, [1.0] * 8)
    vague = rank_agreement(SCORES, ratings, [100.0] * 8)
    assert vague.upper - vague.lower > 2 * (sure.upper - sure.lower)


def test_few_models_or_no_order_are_not_compared():
    few = FEWEST_MODELS - 1
    assert rank_agreement(SCORES[:few], SCORES[:few], [1.0] * few) is None
    assert rank_agreement([1.0] * 8, SCORES, [1.0] * 8) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Scores and ratings of 30 models share half of their variance; Spearman's value of that
    distribution is 6/pi asin(r/2) (Kruskal, 1958)."""
    truth, rng = 6 / np.pi * np.arcsin(0.7 / 2), np.random.default_rng(3)
    inside = 0
    for seed in range(200):
        pairs = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 30)
        found = rank_agreement(pairs[:, 0], pairs[:, 1], [1e-9] * 30, rounds=300, seed=seed)
        inside += found.lower <= truth <= found.upper
    assert inside >= 0.88 * 200
