from __future__ import annotations

import numpy as np
import pytest

from arena.rating.bootstrap import bayesian_bootstrap
from arena.rating.comparisons import PairCounts
from arena.rating.intervals import contrast, sandwich
from arena.rating.newton import Tally, solve
from tests.arena.rating.synthetic import counts_from, games_between


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    return counts_from(np.linspace(1.0, -1.0, 6), games_between(6, 3000, rng), rng)


def test_its_spread_agrees_with_the_sandwich(counts):
    optimum = solve(Tally.of(counts.beat + 0.5 * counts.drawn))
    robust = contrast(sandwich(optimum, counts.table, leverage=False), np.full(6, 1 / 6))
    spread = bayesian_bootstrap(counts, rounds=2000).std(axis=0)
    assert spread == pytest.approx(np.sqrt(np.diagonal(robust)), rel=0.08)


def test_its_middle_is_the_optimum(counts):
    optimum = solve(Tally.of(counts.beat + 0.5 * counts.drawn))
    assert bayesian_bootstrap(counts).mean(axis=0) == pytest.approx(optimum.theta, abs=0.02)


def test_the_seed_decides(counts):
    first, again, other = (bayesian_bootstrap(counts, rounds=5, seed=s) for s in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_a_sparse_board_stays_finite():
    ring = PairCounts.from_cells(4, [0, 1, 2, 3], [1, 2, 3, 0], [0, 0, 0, 0], [1, 1, 1, 1])
    assert np.isfinite(bayesian_bootstrap(ring, rounds=200)).all()


def test_a_board_without_an_optimum_is_refused():
    with pytest.raises(ValueError, match=r"connect|finite"):
        bayesian_bootstrap(PairCounts.from_cells(2, [0], [1], [0], [9]))
