from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.comparisons import Comparisons
from arena.rating.diagnostics.concentration import concentration


def asked(votes):
    return concentration(votes)


def rows(voter):
    size = len(voter)
    return Comparisons(
        np.zeros(size, int), np.ones(size, int), np.zeros(size, int), voter=np.array(voter)
    )


def test_equal_voters_are_all_effective():
    found = asked(rows([0, 1, 2, 3] * 5))
    assert (found.voters, found.effective, found.heaviest) == (4, 4.0, 0.25)


def test_a_busy_voter_lowers_the_effective_number():
    found = asked(rows([7] * 90 + list(range(100, 110))))
    assert found.effective == pytest.approx(10_000 / 8110)
    assert found.heaviest == found.top_percent == 0.9


def test_unknown_voters_are_counted_apart():
    assert asked(rows([0, 1, -1, -1])).unknown == 0.5


@pytest.mark.parametrize("voter", [[], [-1, -1]])
def test_without_known_voters_there_is_none(voter):
    assert asked(rows(voter)) is None


def test_without_the_column_there_is_none():
    assert asked(replace(rows([1]), voter=None)) is None
