from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts, VoteOutcome
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import by_model, names, swapped

DAVIDSON = load_method("davidson")


def even_board(tie, bad):
    table = np.zeros((3, 3, 4), dtype=np.int64)
    table[:, :] = [100, 100, tie, bad]
    table[np.arange(3), np.arange(3)] = 0
    return PairCounts(table)


def test_tendencies_are_the_shares_between_equals():
    told = DAVIDSON.fit(even_board(150, 50), models=names(3)).details["tendencies"]
    assert told["tie"]["chance"] == pytest.approx(0.375, abs=0.001)
    assert told["both_bad"]["chance"] == pytest.approx(0.125, abs=0.001)
    for kind in told.values():
        assert 0 < kind["lower"] < kind["chance"] < kind["upper"] < 1


def test_tie_and_both_bad_are_told_apart():
    more_ties, more_bad = (
        DAVIDSON.fit(even_board(*kinds), models=names(3)).details["tendencies"]
        for kinds in ((150, 50), (50, 150))
    )
    assert more_ties["tie"]["chance"] == pytest.approx(more_bad["both_bad"]["chance"])


def test_a_model_with_bad_answers_shows_in_its_rates():
    table = even_board(50, 50).table.copy()
    table[2, :2, VoteOutcome.BOTH_BAD] = 200
    rates = DAVIDSON.fit(PairCounts(table), models=names(3)).details["rates"]
    assert rates["m002"]["both_bad"] > rates["m002"]["both_bad_expected"]
    assert rates["m000"]["both_bad"] < rates["m002"]["both_bad"]


def test_ties_do_not_pull_ratings_together():
    table = even_board(0, 0).table.copy()
    table[0, 1, VoteOutcome.A] = 300
    few = by_model(DAVIDSON.fit(PairCounts(table), models=names(3)))
    half = by_model(load_method("bradley_terry").fit(PairCounts(table), models=names(3)))
    gaps = [rows["m000"].rating - rows["m001"].rating for rows in (few, half)]
    assert gaps[0] == pytest.approx(gaps[1], rel=0.01)
    table[0, 1, VoteOutcome.TIE] = 300
    tied, halved = (
        by_model(load_method(key).fit(PairCounts(table), models=names(3)))
        for key in ("davidson", "bradley_terry")
    )
    gaps = [rows["m000"].rating - rows["m001"].rating for rows in (tied, halved)]
    assert gaps[0] > 1.1 * gaps[1]


def test_swapping_the_sides_changes_nothing():
    table = even_board(30, 10).table.copy()
    table[0, 1, VoteOutcome.A] = 300
    here, there = (
        DAVIDSON.fit(counts, models=names(3))
        for counts in (PairCounts(table), swapped(PairCounts(table)))
    )
    assert here.theta == pytest.approx(there.theta, abs=1e-9)
