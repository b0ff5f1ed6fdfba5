from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts, ties_between, wins_against
from arena.rating.diagnostics.first_place import first_place
from arena.rating.newton import PairPoints, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between, names


def board(theta, votes, seed=1):
    rng = np.random.default_rng(seed)
    theta = np.asarray(theta)
    return counts_from(theta, games_between(len(theta), votes, rng), rng)


def asked(counts, models=None):
    return first_place(counts, models or names(counts.models))


def test_two_models_need_the_difference_of_their_wins():
    counts = PairCounts.from_cells(2, [0, 0], [1, 1], [0, 1], [60, 50])
    found = asked(counts, ["x", "y"])
    assert (found.leader, found.rival, found.votes) == ("x", "y", 11)
    assert found.share == pytest.approx(11 / 110)


def test_a_close_race_falls_to_few_votes():
    close, clear = (asked(board([gap, 0.0, -1.0], 6000)) for gap in (0.12, 0.8))
    assert close.votes < 0.2 * clear.votes


def smallest_by_trial(counts, rival, leader):
    """The fewest votes of any cells whose loss puts the rival above the leader."""
    cells = np.argwhere(counts.table > 0)
    for size in range(1, 6):
        for chosen in combinations_with_replacement(range(len(cells)), size):
            table = counts.table.copy()
            np.subtract.at(table, tuple(cells[list(chosen)].T), 1)
            if table.min() >= 0:
                theta = solve_strengths(
                    PairPoints.of(wins_against(table) + 0.5 * ties_between(table)), firth=True
                ).theta
                if theta[rival] > theta[leader] + 1e-8:
                    return size
    return None


def test_no_smaller_set_exists_on_a_small_board():
    counts = PairCounts.from_cells(
        3, [0, 1, 0, 2, 1, 2], [1, 0, 2, 0, 2, 1], [0] * 6, [7, 6, 5, 3, 4, 4]
    )
    found = asked(counts)
    assert (found.leader, found.rival) == ("m000", "m001")
    assert found.votes == smallest_by_trial(counts, rival=1, leader=0)


def test_the_numbering_of_models_does_not_matter():
    counts = board([0.3, 0.0, -0.4], 900)
    here = first_place(counts, names(3))
    there = first_place(counts.take([2, 0, 1]), ["m002", "m000", "m001"])
    assert here == there


@pytest.mark.parametrize(
    "counts",
    [
        PairCounts.empty(2),
        PairCounts.empty(1),
        PairCounts.from_cells(4, [0, 2], [1, 3], [0, 0], [5, 5]),
        PairCounts.from_cells(2, [0], [1], [0], [5]),
    ],
)
def test_boards_that_cannot_flip_are_told(counts):
    assert first_place(counts, names(counts.models)) is None


def test_a_model_that_can_not_be_first_is_neither_leader_nor_rival():
    counts = board([0.9, 0.5, 0.2, -0.6], 4000)
    found = first_place(counts, names(4), candidates=[1, 2, 3])
    assert (found.leader, found.rival) == (names(4)[1], names(4)[2])
    assert first_place(counts, names(4), candidates=[1]) is None
