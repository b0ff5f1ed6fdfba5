from __future__ import annotations

import numpy as np
import pytest

from arena.rating import bootstrap
from arena.rating.bootstrap import bayesian_bootstrap
from arena.rating.comparisons import PairCounts
from arena.rating.intervals import contrast, sandwich
from arena.rating.newton import PairPoints, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    return counts_from(np.linspace(1.0, -1.0, 6), games_between(6, 3000, rng), rng)


def test_its_spread_agrees_with_the_sandwich(counts):
    optimum = solve_strengths(PairPoints.of(counts.beat + 0.5 * counts.tied))
    robust = contrast(sandwich(optimum, counts.table, leverage=False), np.full(6, 1 / 6))
    spread = bayesian_bootstrap(counts, rounds=2000).std(axis=0)
    assert spread == pytest.approx(np.sqrt(np.diagonal(robust)), rel=0.08)


def test_its_middle_is_the_optimum(counts):
    optimum = solve_strengths(PairPoints.of(counts.beat + 0.5 * counts.tied))
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


def test_every_round_is_at_its_own_optimum(counts, monkeypatch):
    seen = []
    points = bootstrap._VoteWeights.points
    keep = lambda *given: seen.append(points(*given)) or seen[-1]  # noqa: E731
    monkeypatch.setattr(bootstrap._VoteWeights, "points", keep)
    found = bayesian_bootstrap(counts, rounds=30)
    exact = [
        solve_strengths(PairPoints.of(part.astype(float))).theta for part in np.concatenate(seen)
    ]
    assert np.abs(found - exact).max() < 1e-8


def test_no_round_is_missing_when_they_come_in_several_lots(counts, monkeypatch):
    monkeypatch.setattr(bootstrap, "_CELLS", 36 * 4)
    found = bayesian_bootstrap(counts, rounds=9)
    assert found.shape == (9, 6)
    assert len(np.unique(found[:, 0])) == 9


def test_weights_of_a_cell_are_gamma_variables(counts):
    won, level = (np.array([[0.0, 3.0], [200.0, 0.0]]), np.array([[0.0, 20.0], [20.0, 0.0]]))
    drawn = bootstrap._VoteWeights.of(won, level).points(np.random.default_rng(3), 20_000)
    up, down = drawn[:, 0, 1], drawn[:, 1, 0]
    assert [up.mean(), down.mean()] == pytest.approx([13.0, 210.0], rel=0.01)
    assert [up.var(), down.var()] == pytest.approx([8.0, 205.0], rel=0.03)
    assert np.cov(up, down)[0, 1] == pytest.approx(5.0, rel=0.4)


def test_a_very_wide_board_is_refitted_in_double_precision():
    wins = np.array([[0, 10**9, 0], [1, 0, 10**9], [0, 1, 0]])
    a, b = np.nonzero(wins)
    counts = PairCounts.from_cells(3, a, b, np.zeros_like(a), wins[a, b])
    found = bayesian_bootstrap(counts, rounds=20)
    assert np.isfinite(found).all()
    assert np.ptp(found, axis=1).min() > 30.0
