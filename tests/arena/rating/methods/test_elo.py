from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import (
    by_model,
    counts_from,
    games_between,
    names,
    rows_of,
    shuffled,
    swapped,
)

ELO = load_method("elo")
GOLDEN = [1067.7494121540046, 1019.3001181651339, 986.4079831035253, 926.5424865773363]


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
    exact = by_model(load_method("bradley_terry").fit(rows, models=names(4)))
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


def renamed(counts, order):
    """The same votes on models of other names, numbered by these."""
    return ELO.fit(counts.take(order), models=names(counts.models))


def figures(fit):
    """All that a row says of its model, and the noise of the order, by the place of its name."""
    rows = by_model(fit)
    return np.array(
        [
            [rows[n].rating, rows[n].rating_lower, rows[n].rating_upper, spread]
            for n, spread in fit.details["order_spread"].items()
        ]
    )


@pytest.mark.parametrize("seed", range(5))
def test_renaming_the_models_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    counts = counts_from(rng.normal(0.0, 0.5, 7), games_between(7, 300, rng), rng)
    order = rng.permutation(7)
    here, there = figures(renamed(counts, range(7))), figures(renamed(counts, order))
    assert there == pytest.approx(here[order], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_exchanging_the_sides_of_any_votes_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    counts = counts_from(rng.normal(0.0, 0.5, 5), games_between(5, 300, rng), rng)
    table, half = counts.table, rng.binomial(counts.table, 0.5)
    mixed = PairCounts(table - half + swapped(PairCounts(half)).table)
    here, there = (figures(ELO.fit(votes, models=names(5))) for votes in (counts, mixed))
    assert there == pytest.approx(here, abs=1e-9)


# What each model won against each other: votes that do not tell some of the models apart.
ALIKE = {
    "two alike beside a third": [[0, 2, 5], [2, 0, 5], [1, 1, 0]],
    "a circle": [[0, 4, 1], [1, 0, 4], [4, 1, 0]],
    "a circle above one": [[0, 4, 1, 6], [1, 0, 4, 6], [4, 1, 0, 6], [1, 1, 1, 0]],
    "two pairs": [[0, 1, 3, 2], [1, 0, 2, 3], [1, 0, 0, 1], [0, 1, 1, 0]],
}


@pytest.mark.parametrize("wins", ALIKE.values(), ids=ALIKE)
def test_models_that_no_vote_tells_apart_get_one_rating_under_any_name(wins):
    table = np.zeros((len(wins), len(wins), 4), dtype=np.int64)
    table[:, :, 0] = wins
    counts, first = PairCounts(table), None
    for order in map(list, permutations(range(len(wins)))):
        found = np.empty((len(wins), 4))
        found[order] = figures(renamed(counts, order))
        first = found if first is None else first
        assert found == pytest.approx(first, abs=1e-9)
    assert len(np.unique(first[:, 0].round(6))) < len(wins)


def test_earlier_versions_draw_over_models_sorted_by_name():
    """Ratings of the first version, computed before the orders forgot the names."""
    rng = np.random.default_rng(5)
    counts = counts_from(np.linspace(0.5, -0.5, 4), games_between(4, 300, rng), rng)
    rows = by_model(ELO.fit(counts, models=["z", "e", "b", "r"], version=1))
    assert [rows[n].rating for n in "zebr"] == pytest.approx(GOLDEN, abs=1e-9)
