from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts, VoteOutcome
from arena.rating.diagnostics.tie_convention import tie_conventions
from tests.arena.rating.synthetic import counts_from, games_between, names


def even_ties(seed=1):
    rng = np.random.default_rng(seed)
    return counts_from(np.array([0.8, 0.0, -0.8]), games_between(3, 9000, rng), rng)


def boards(counts):
    return tie_conventions(counts, names(counts.models))


def test_half_a_win_is_what_others_are_measured_against():
    half = boards(even_ties())[0]
    assert (half.name, half.leader) == ("half", "m000")
    assert half.largest_move == pytest.approx(0.0, abs=1e-9)
    assert half.rank_changes == 0


def test_even_handed_ties_change_little():
    for convention in boards(even_ties()):
        assert convention.leader == "m000"
        assert convention.largest_move < 25


def test_a_model_that_ties_often_and_never_loses_leads_only_without_ties():
    counts = PairCounts.from_cells(3, [0, 0, 1, 1], [2, 2, 2, 2], [0, 2, 0, 1], [10, 100, 60, 40])
    half, _, decisive = boards(counts)
    assert (half.leader, decisive.leader) == ("m001", "m000")
    assert decisive.rank_changes > 0


def test_both_bad_is_looked_at_alone():
    table = even_ties().table.copy()
    table[0, 1, VoteOutcome.BOTH_BAD] += 4000
    half, without, _ = boards(PairCounts(table))
    assert without.largest_move > half.largest_move + 20


def test_a_board_of_ties_alone_has_no_board_without_them():
    ties = PairCounts.from_cells(2, [0], [1], [VoteOutcome.TIE], [9])
    assert boards(ties)[2].leader is None


def test_no_votes_are_defined():
    assert {c.leader for c in boards(PairCounts.empty(2))} == {None}
