from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arena.rating import order
from arena.rating.methods import available_methods, load_method
from arena.rating.order import in_own_order
from tests.arena.rating.synthetic import names, shuffled, styled_rows

STYLES = ("length", "bold")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(9)
    plain = styled_rows(np.linspace(0.8, -0.8, 6), (0.3, 0.1), 900, rng)
    weight = rng.choice([0.5, 1.0, 3.0], 900)
    return replace(plain, voter=rng.integers(-1, 40, 900), weight=weight)


def same(first, second):
    columns = ("a", "b", "outcome", "voter", "weight", "features")
    return all(np.array_equal(getattr(first, c), getattr(second, c)) for c in columns)


def test_shuffled_votes_come_back_in_one_order(rows):
    mixed = [shuffled(rows, np.random.default_rng(seed)) for seed in (1, 2)]
    assert not same(*mixed)
    assert same(*map(in_own_order, mixed))


def test_no_vote_is_lost_or_changed(rows):
    def votes(some):
        columns = (some.a, some.b, some.outcome, some.voter, some.weight, *some.features.T)
        return sorted(zip(*(column.tolist() for column in columns), strict=True))

    assert votes(in_own_order(rows)) == votes(rows)


def test_both_zeros_are_one(rows):
    ways = np.where(np.arange(900) % 2, 0.0, -0.0)
    signed, plain = (replace(rows, features=zero[:, None]) for zero in (ways, np.zeros(900)))
    assert np.array_equal(in_own_order(signed).a, in_own_order(plain).a)


def test_very_many_votes_stay_as_they_are(rows, monkeypatch):
    monkeypatch.setattr(order, "MOST", 899)
    assert in_own_order(rows) is rows


@pytest.mark.parametrize("key", available_methods())
def test_votes_with_voters_weights_and_styles_shuffled_give_the_same_bytes(rows, key):
    given = {"features": STYLES} if key == "style_controlled" else {}
    fits = [
        load_method(key).fit(shuffled(rows, np.random.default_rng(s)), models=names(6), **given)
        for s in (1, 2)
    ]
    assert fits[0].rows == fits[1].rows
    assert fits[0].covariance.tobytes() == fits[1].covariance.tobytes()
    assert fits[0].details == fits[1].details
