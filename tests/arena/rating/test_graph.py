from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts
from arena.rating.graph import components, main_component, resistance
from tests.arena.rating.synthetic import names


def one_way(models):
    """Each model beat the next once."""
    chain = np.arange(models - 1)
    ones = np.ones(models - 1, dtype=int)
    return PairCounts.from_cells(models, chain, chain + 1, ones * 0, ones)


def test_any_vote_joins():
    assert components(one_way(30)).tolist() == [0] * 30


def test_only_points_both_ways_join_strongly():
    assert len(set(components(one_way(5), strongly=True).tolist())) == 5
    ring = one_way(5) + PairCounts.from_cells(5, [4], [0], [0], [1])
    assert len(set(components(ring, strongly=True).tolist())) == 1


def test_a_tie_joins_strongly():
    tie = PairCounts.from_cells(2, [0], [1], [3], [1])
    assert len(set(components(tie, strongly=True).tolist())) == 1


def chosen(counts, anchor=None):
    mask = main_component(components(counts), counts.votes, names(counts.models), anchor)
    return np.flatnonzero(mask).tolist()


def test_the_largest_part_gets_numbers():
    votes = PairCounts.from_cells(5, [0, 2, 3], [1, 3, 4], [0, 0, 0], [99, 1, 1])
    assert chosen(votes) == [2, 3, 4]


def test_of_equal_parts_the_one_with_more_votes():
    assert chosen(PairCounts.from_cells(4, [0, 2], [1, 3], [0, 0], [1, 2])) == [2, 3]


def test_of_parts_equal_in_all_the_one_with_the_first_name():
    assert chosen(PairCounts.from_cells(4, [1, 0], [3, 2], [0, 0], [2, 2])) == [0, 2]


def test_the_anchor_overrules():
    assert chosen(PairCounts.from_cells(4, [0, 2], [1, 3], [0, 0], [9, 1]), anchor=3) == [2, 3]


def test_without_votes_nobody_gets_numbers():
    assert chosen(PairCounts.empty(3)) == []


def test_resistance_of_wires_in_series_adds_up():
    chain = np.array([[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]])
    assert resistance(np.linalg.pinv(chain))[0, 2] == pytest.approx(2.0)
