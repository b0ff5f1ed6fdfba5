from __future__ import annotations

import numpy as np
import pytest

from arena.rating.numbering import alike, by_votes


def table(wins):
    return np.array(wins, dtype=np.int64)[:, :, None]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_is_that_of_the_votes_and_not_of_the_numbers(seed):
    rng = np.random.default_rng(seed)
    wins = table(rng.integers(0, 9, (12, 12)))
    renumbered = rng.permutation(12)
    there = by_votes(wins[np.ix_(renumbered, renumbered)])
    assert renumbered[there].tolist() == by_votes(wins).tolist()


def test_models_are_alike_where_no_count_tells_them_apart():
    wins = table([[0, 2, 5, 0], [2, 0, 5, 0], [1, 1, 0, 7], [0, 0, 3, 0]])
    first, second, third, fourth = alike(wins).tolist()
    assert first == second
    assert len({first, third, fourth}) == 3


def test_alike_models_are_numbered_all_the_same():
    wins = table(np.ones((40, 40)) - np.eye(40))
    assert len(set(alike(wins).tolist())) == 1
    assert sorted(by_votes(wins).tolist()) == list(range(40))


def test_no_models_have_an_order():
    assert by_votes(np.zeros((0, 0, 4), dtype=np.int64)).tolist() == []
