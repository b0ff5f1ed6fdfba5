from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.equality import MOST_MODELS, score_ratio
from arena.rating.methods.bradley_terry import fit
from arena.rating.newton import PairPoints
from tests.arena.rating.synthetic import counts_from, games_between, names, rows_of


def perfect(wins, models=3):
    """Even models that took ten points from each other, and a last one that beat each of them."""
    table = np.full((models, models, 4), 0, dtype=np.int64)
    table[:-1, :-1, 0] = 5
    table[-1, :-1, 0] = wins
    table[np.arange(models), np.arange(models)] = 0
    return PairCounts(table)


@pytest.mark.parametrize(("won", "lost"), [(8, 0), (9, 3), (5, 5), (2, 7)])
def test_two_models_are_tested_as_a_coin_is(won, lost):
    points = PairPoints.of(np.array([[0.0, won], [lost, 0.0]]))
    coin = (won - lost) / np.sqrt(won + lost)
    assert score_ratio(points, np.zeros(2), 0, 1) == pytest.approx(coin)


def test_a_longer_perfect_record_is_never_less_certain():
    ratios = []
    for wins in range(1, 30):
        points = PairPoints.of_table(perfect(wins).table)
        ratios.append(score_ratio(points, np.zeros(3), 2, 0))
    assert (np.diff(ratios) > 0).all()


def test_a_perfect_record_is_confirmed_where_its_error_said_nothing():
    before, now = (fit(perfect(7), models=names(3), version=version) for version in (2, 3))
    assert not before.above.any()
    assert now.above[2].tolist() == [True, True, False]
    assert [row.rating_lower for row in now.rows] == [row.rating_lower for row in before.rows]


def test_the_numbering_of_models_does_not_matter():
    rng = np.random.default_rng(4)
    counts = counts_from(np.array([3.0, 0.5, 0.0, -0.5, -2.0]), games_between(5, 50, rng), rng)
    mix = rng.permutation(5)
    here, there = (fit(one, models=names(5)) for one in (counts, counts.take(mix)))
    assert (here.above[np.ix_(mix, mix)] == there.above).all()


def test_equal_models_are_hardly_ever_told_apart():
    rng = np.random.default_rng(8)
    boards = [counts_from(np.zeros(5), games_between(5, 30, rng), rng, 0.0) for _ in range(150)]
    assert sum(fit(counts, models=names(5)).above.any() for counts in boards) <= 12


def test_weighted_votes_and_large_boards_are_judged_by_their_errors():
    rows = rows_of(perfect(7))
    heavy = Comparisons(rows.a, rows.b, rows.outcome, weight=np.full(len(rows), 2.0))
    assert not fit(heavy, models=names(3)).above.any()
    large = perfect(7, models=MOST_MODELS + 1)
    old = fit(large, models=names(MOST_MODELS + 1), version=2)
    assert (fit(large, models=names(MOST_MODELS + 1)).above == old.above).all()
