from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from arena.rating.comparisons import PairCounts
from arena.rating.diagnostics.side_bias import side_bias
from tests.arena.rating.strategies import pair_counts
from tests.arena.rating.synthetic import counts_from, games_between, swapped


def asked(votes):
    return side_bias(votes)


def biased(points, votes=20_000, seed=1):
    """Votes in which side a is worth so many points."""
    rng = np.random.default_rng(seed)
    theta = np.array([0.5, 0.0, -0.5])
    games = games_between(3, votes, rng)
    lift = points * np.log(10) / 400
    table = np.zeros((3, 3, 4), dtype=np.int64)
    for i, j in zip(*np.nonzero(games), strict=True):
        pair = np.zeros((2, 2), dtype=np.int64)
        pair[0, 1] = games[i, j]
        votes = counts_from(np.array([theta[i] + lift, theta[j]]), pair, rng)
        table[i, j] = votes.table[0, 1]
    return PairCounts(table)


def test_a_planted_bias_is_found():
    bias = asked(biased(30.0))
    assert bias.lower < 30.0 < bias.upper
    assert bias.lower > 15.0


def test_without_bias_the_interval_holds_zero():
    bias = asked(biased(0.0))
    assert bias.lower < 0.0 < bias.upper


@given(pair_counts())
@settings(deadline=None)
def test_swapping_the_sides_mirrors_it(counts):
    here, there = asked(counts), asked(swapped(counts))
    if here is None:
        assert there is None
    else:
        assert here.points == pytest.approx(-there.points, abs=1e-6)
        assert here.lower == pytest.approx(-there.upper, abs=1e-6)


def test_strength_is_not_mistaken_for_bias():
    """The strong model stood on side a far more often."""
    always_left = PairCounts.from_cells(
        2, [0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [900, 100, 1, 9]
    )
    bias = asked(always_left)
    assert bias.lower < 0.0 < bias.upper


def test_it_covers_the_truth_at_its_rate():
    found = [asked(biased(20.0, votes=600, seed=seed)) for seed in range(120)]
    assert np.mean([bias.lower < 20.0 < bias.upper for bias in found]) > 0.9


def test_without_votes_there_is_none():
    assert asked(PairCounts.empty(3)) is None
