"""The choice of a picture by the chance that one side wins, and votes that are weighed back."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from arena.matchmaking import (
    draw_picture,
    expected_contest,
    learned_contest,
    picture_probabilities,
)
from arena.rating.comparisons import Comparisons
from arena.rating.inverse_probability import inverse_weights
from arena.rating.methods import bradley_terry

PAIRS = np.array([[0, 1], [0, 2], [1, 2]])


def test_one_side_is_expected_to_win_where_one_of_two_is_right():
    accuracy = [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, np.nan, 0.0]]
    found = expected_contest(accuracy, PAIRS)
    assert found[:, 0] == pytest.approx([0.0, 0.0, 0.0])
    assert found[0, 1] == pytest.approx(1.0)
    assert found[:, 2] == pytest.approx([0.0, 0.0, 0.0])
    assert 0.0 < found[1, 1] < 1.0


def test_without_battles_the_expectation_stands_and_battles_move_it():
    expected = np.full((3, 2), 0.3)
    nothing = np.zeros((3, 2))
    assert learned_contest(expected, nothing, nothing) == pytest.approx(expected)
    met = np.array([[20.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    always = learned_contest(expected, met, met)
    assert always[0, 0] > always[1, 0] > 0.3  # its own battles say more than those of others
    never = learned_contest(expected, met, nothing)
    assert never[0, 0] < never[1, 0] < 0.3
    assert always[:, 1] == pytest.approx(expected[:, 1])


def test_the_likelier_is_chosen_more_often_and_nothing_is_impossible():
    shares = picture_probabilities([0.0, 0.2, 0.4], floor=0.3, sharpness=2.0)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.min() == pytest.approx(0.1)
    assert (shares[2] - 0.1) / (shares[1] - 0.1) == pytest.approx(4.0)
    assert picture_probabilities([0.0, 0.0], floor=0.3) == pytest.approx([0.5, 0.5])
    assert picture_probabilities([0.1, 0.9], floor=1.0) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(("chances", "floor"), [([], 0.2), ([0.5], 0.0), ([0.5], 1.1)])
def test_a_choice_from_nothing_and_one_without_a_floor_are_refused(chances, floor):
    with pytest.raises(ValueError, match=r"picture|floor"):
        picture_probabilities(chances, floor=floor)


def test_pictures_are_drawn_as_often_as_they_should():
    rng, shares = Random(5), picture_probabilities([0.1, 0.5, 0.2], floor=0.2)
    drawn = np.bincount([draw_picture(shares, rng) for _ in range(20_000)], minlength=3) / 20_000
    assert drawn == pytest.approx(shares, abs=0.015)


def test_a_vote_weighs_by_what_its_picture_was_chosen_with():
    weights = inverse_weights([0.5, 0.05, np.nan, 0.0, 1e-9], [4, 4, 4, 4, 4])
    assert weights == pytest.approx([0.5, 5.0, 1.0, 1.0, 100.0])


def test_weighed_back_ratings_are_those_of_pictures_that_nobody_chose():
    """The second model is better on hard pictures, which are chosen; the first on easy ones."""
    rng = np.random.default_rng(11)
    chances, wins = np.array([0.05, 0.6]), np.array([0.8, 0.3])
    candidates = (rng.random((60_000, 6)) < 0.3).astype(int)
    shares = [picture_probabilities(chances[row], floor=0.2, sharpness=2.0) for row in candidates]
    places = np.array([rng.choice(6, p=share) for share in shares])
    probability = np.array([share[place] for share, place in zip(shares, places, strict=True)])
    chosen = candidates[np.arange(len(candidates)), places]
    plain = rated(rng.random(len(chosen)) < wins[chosen])
    weighed = rated(rng.random(len(chosen)) < wins[chosen], inverse_weights(probability, 6))
    even = rated(rng.random(len(chosen)) < wins[candidates[:, 0]])
    assert abs(weighed - even) < 12
    assert even - plain > 60


def rated(first_wins, weight=None):
    """The lead of the first model in points."""
    size = len(first_wins)
    votes = Comparisons(
        np.zeros(size, int), np.ones(size, int), np.where(first_wins, 0, 1), weight=weight
    )
    rows = bradley_terry.fit(votes, models=("first", "second")).rows
    ratings = {row.model: row.rating for row in rows}
    return ratings["first"] - ratings["second"]
