from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts
from arena.rating.diagnostics.intransitivity import intransitivity
from tests.arena.rating.synthetic import counts_from, games_between
from tests.bench.rating.scenarios import intransitive


def asked(votes):
    return intransitivity(votes)


def test_rock_paper_scissors_is_seen():
    ring = PairCounts.from_cells(
        3, [0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2], [0] * 6, [90] * 3 + [10] * 3
    )
    found = asked(ring)
    assert found.p_value < 1e-6
    assert found.spread > 100


def test_the_spread_of_noisy_pairs_is_estimated():
    board = intransitive(np.random.default_rng(2), votes=60_000)
    assert asked(board.counts).spread == pytest.approx(0.4 * 400 / np.log(10), rel=0.2)


def test_votes_of_one_order_pass_at_the_stated_rate():
    rng = np.random.default_rng(3)
    theta = rng.normal(0.0, 0.6, 8)
    boards = (counts_from(theta, games_between(8, 3000, rng), rng) for _ in range(200))
    rejected = np.mean([asked(counts).p_value < 0.05 for counts in boards])
    assert 0.01 < rejected < 0.11


@pytest.mark.parametrize(
    "counts",
    [
        PairCounts.empty(3),
        PairCounts.from_cells(2, [0], [1], [0], [9]),
        PairCounts.from_cells(4, [0, 2], [1, 3], [0, 0], [9, 9]),
    ],
)
def test_boards_that_cannot_be_tested_are_told(counts):
    assert asked(counts) is None


def test_a_single_upset_after_a_billion_wins_is_still_a_number():
    cells = ([0, 1, 2], [1, 2, 0], [0, 0, 0], [10**9, 10**9, 1])
    found = intransitivity(PairCounts.from_cells(3, *cells))
    assert np.isfinite([found.statistic, found.spread]).all()
    assert found.p_value == 0.0
