from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.rating.live import LiveFit
from arena.rating.newton import Tally, solve
from tests.arena.rating.strategies import joined_counts


def points_of(counts):
    return counts.beat + 0.5 * counts.drawn


VOTE = st.tuples(st.integers(0, 9), st.integers(1, 9), st.sampled_from([0.0, 0.5, 1.0]))


@given(joined_counts(), st.lists(VOTE, min_size=1, max_size=30))
@settings(deadline=None)
def test_every_vote_leads_to_the_exact_optimum(counts, votes):
    points = points_of(counts)
    live = LiveFit(Tally.of(points.copy()))
    for i, shift, score in votes:
        i, j = i % counts.models, (i + 1 + shift % (counts.models - 1)) % counts.models
        live.add(i, j, score)
        points[i, j] += score
        points[j, i] += 1.0 - score
    assert live.theta == pytest.approx(solve(Tally.of(points)).theta, abs=1e-8)


@given(joined_counts(), VOTE)
@settings(deadline=None)
def test_a_vote_can_be_taken_back(counts, vote):
    live = LiveFit(Tally.of(points_of(counts)))
    before, (_, _, score) = live.theta, vote
    live.add(0, 1, score)
    live.add(0, 1, score, weight=-1.0)
    assert live.theta == pytest.approx(before, abs=1e-8)


def test_the_first_tally_is_not_written_to():
    points = np.array([[0.0, 3.0], [2.0, 0.0]])
    tally = Tally.of(points)
    LiveFit(tally).add(0, 1, 1.0)
    assert tally.games.tolist() == [[0.0, 5.0], [5.0, 0.0]]
    assert points.tolist() == [[0.0, 3.0], [2.0, 0.0]]


def test_a_flood_of_votes_refreshes_the_matrix():
    points = np.ones((3, 3)) - np.eye(3)
    live = LiveFit(Tally.of(points.copy()))
    for _ in range(500):
        live.add(0, 1, 1.0)
        live.add(2, 0, 0.5)
    points[0, 1] += 500
    points[2, 0] += 250
    points[0, 2] += 250
    assert live.theta == pytest.approx(solve(Tally.of(points)).theta, abs=1e-8)


def test_the_information_is_that_of_all_votes():
    points = np.array([[0.0, 30.0, 9.0], [20.0, 0.0, 4.0], [5.0, 6.0, 0.0]])
    live = LiveFit(Tally.of(points.copy()))
    live.add(0, 1, 1.0)
    points[0, 1] += 1
    assert live.optimum().inverse == pytest.approx(solve(Tally.of(points)).inverse, rel=1e-6)


def test_a_tally_without_an_optimum_is_refused():
    with pytest.raises(ValueError, match=r"connect|finite"):
        LiveFit(Tally.of(np.array([[0.0, 3.0], [0.0, 0.0]])))
