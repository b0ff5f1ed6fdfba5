from __future__ import annotations

import numpy as np
import pytest

from arena.rating import walk
from arena.rating.comparisons import Comparisons
from arena.rating.walk import run_elo
from tests.arena.rating.synthetic import styled_rows


def votes(*cells):
    a, b, outcome = (np.array(column) for column in zip(*cells, strict=True))
    return Comparisons(a, b, outcome)


def test_a_first_win_between_equals_moves_half_a_step():
    assert run_elo(votes((0, 1, 0)), 2, 0.2) == pytest.approx([0.1, -0.1])


def test_a_tie_moves_towards_the_middle():
    theta = run_elo(votes((0, 1, 0), (0, 1, 2)), 2, 0.2)
    assert 0.0 < theta[0] < 0.1


def test_what_one_wins_another_loses():
    rows = styled_rows(np.zeros(5), (0.0,), 500, np.random.default_rng(2))
    assert run_elo(rows, 5, 0.02).sum() == pytest.approx(0.0, abs=1e-12)


def test_machine_code_walks_to_the_same_bytes(monkeypatch):
    rows = styled_rows(np.linspace(1, -1, 7), (0.0,), 20_000, np.random.default_rng(3))
    plain = run_elo(rows, 7, 0.02)
    monkeypatch.setattr(walk, "_MANY", 1)
    assert run_elo(rows, 7, 0.02).tobytes() == plain.tobytes()


def test_without_numba_a_long_walk_is_the_plain_one(monkeypatch):
    monkeypatch.setattr(walk, "_MANY", 1)
    monkeypatch.setattr(walk, "_compiled", lambda: None)
    assert run_elo(votes((0, 1, 0)), 2, 0.2)[0] == pytest.approx(0.1)
