from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.methods import load
from tests.arena.rating.synthetic import (
    by_model,
    counts_from,
    games_between,
    names,
    rows_of,
    shuffled,
)

ELO = load("elo")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    theta = np.array([0.8, 0.3, -0.3, -0.8])
    return shuffled(rows_of(counts_from(theta, games_between(4, 4000, rng), rng)), rng)


def test_one_vote_between_equals_moves_half_of_k():
    one = Comparisons(np.array([0]), np.array([1]), np.array([0]))
    rows = by_model(ELO.fit(one, models=["x", "y"], k=32.0, order="cast"))
    assert (rows["x"].rating, rows["y"].rating) == pytest.approx((1016.0, 984.0))


def test_a_textbook_sequence():
    """x beats y, then y and z draw; expectations by hand at K = 32."""
    votes = Comparisons(np.array([0, 1]), np.array([1, 2]), np.array([0, 2]))
    rows = by_model(ELO.fit(votes, models=["x", "y", "z"], k=32.0, order="cast"))
    gain = 32 * (0.5 - 1 / (1 + 10 ** (16 / 400)))
    assert rows["y"].rating == pytest.approx(984.0 + gain)
    assert rows["z"].rating == pytest.approx(1000.0 - gain)


def test_the_order_of_casting_matters_only_when_asked_for(rows):
    mixed = shuffled(rows, np.random.default_rng(1))
    averaged = [ELO.fit(votes, models=names(4)) for votes in (rows, mixed)]
    cast = [ELO.fit(votes, models=names(4), order="cast") for votes in (rows, mixed)]
    assert averaged[0].rows == averaged[1].rows
    assert cast[0].rows != cast[1].rows


def test_the_average_lies_near_bradley_terry(rows):
    elo = by_model(ELO.fit(rows, models=names(4)))
    exact = by_model(load("bradley_terry").fit(rows, models=names(4)))
    for model in names(4):
        assert elo[model].rating == pytest.approx(exact[model].rating, abs=6.0)


def test_the_spread_between_orders_is_told_and_grows_with_k(rows):
    calm, wild = (ELO.fit(rows, models=names(4), k=k).details["order_spread"] for k in (2, 16))
    assert all(0 < calm[model] < wild[model] for model in names(4))


def test_one_pass_is_less_certain_than_the_average(rows):
    cast = ELO.fit(rows, models=names(4), order="cast", k=16.0)
    averaged = ELO.fit(rows, models=names(4), k=16.0)
    assert np.trace(cast.covariance) > 1.1 * np.trace(averaged.covariance)


def test_counts_are_enough_for_the_average(rows):
    counts = rows.counts(4)
    assert ELO.fit(counts, models=names(4)).rows == ELO.fit(rows, models=names(4)).rows


def test_counts_have_no_order_of_casting():
    with pytest.raises(ValueError, match="single votes"):
        ELO.fit(PairCounts.empty(2), models=["x", "y"], order="cast")


def test_an_unknown_order_is_refused(rows):
    with pytest.raises(ValueError, match="alphabetical"):
        ELO.fit(rows, models=names(4), order="alphabetical")


def test_numbering_the_models_otherwise_changes_nothing():
    rng = np.random.default_rng(4)
    counts = counts_from(np.linspace(0.5, -0.5, 4), games_between(4, 300, rng), rng)
    other = [2, 0, 3, 1]
    here = by_model(ELO.fit(counts, models=names(4)))
    there = by_model(ELO.fit(counts.take(other), models=[names(4)[i] for i in other]))
    assert [there[n].rating for n in names(4)] == pytest.approx(
        [here[n].rating for n in names(4)], abs=1e-9
    )
