"""Where a board's zero lies, and that no model looks certain because of it."""

from __future__ import annotations

import numpy as np
import pytest

from arena.rating.board import connect_models
from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE, RatingScale
from arena.rating.level import level_of
from tests.arena.rating.synthetic import names

SETTLED = np.array([False, True, False])


def level(scale=STANDARD_SCALE, thin=SETTLED, version=2, information=(6.0, 1.0, 3.0)):
    votes = PairCounts.from_cells(3, [0, 1], [1, 2], [0, 0], [5, 5])
    base = connect_models(votes, names(3), scale, version=version)
    return level_of(base, np.array(information), thin=thin)


def test_the_level_is_shared_by_information():
    assert level().zero.tolist() == [0.6, 0.1, 0.3]
    assert level().reference.tolist() == [0.6, 0.1, 0.3]


def test_an_anchor_stands_at_zero_and_is_no_reference():
    found = level(RatingScale(anchor="m001"))
    assert found.zero.tolist() == [0.0, 1.0, 0.0]
    assert found.reference.tolist() == [0.6, 0.1, 0.3]
    assert found.strengths(np.array([2.0, 3.0, 5.0])).tolist() == [-1.0, 0.0, 2.0]


def test_an_even_level_is_the_mean_of_all():
    votes = PairCounts.from_cells(3, [0, 1], [1, 2], [0, 0], [5, 5])
    base = connect_models(votes, names(3), STANDARD_SCALE)
    found = level_of(base, np.array([6.0, 1.0, 3.0]), thin=SETTLED, even=True)
    assert found.zero.tolist() == [1 / 3] * 3
    assert found.reference.tolist() == [0.6, 0.1, 0.3]


def test_the_first_version_rests_on_settled_models_or_on_all():
    assert level(version=1).zero.tolist() == [0.5, 0.0, 0.5]
    assert level(version=1, thin=np.ones(3, dtype=bool)).zero.tolist() == [1 / 3] * 3
    assert level(RatingScale(anchor="m001"), version=1).reference.tolist() == [0.0, 1.0, 0.0]


def test_errors_are_about_the_reference():
    moved = level().about(np.diag([1.0, 2.0, 3.0]))
    assert level().reference @ moved @ level().reference == pytest.approx(0.0, abs=1e-12)
    assert (np.diagonal(moved) > 0.0).all()
