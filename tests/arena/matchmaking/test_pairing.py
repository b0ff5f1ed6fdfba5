from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from arena.matchmaking import PairProbabilities, draw_pair
from tests.arena.matchmaking.chances import probability_of

ROWS = [(0, 1, 0.5), (0, 2, 0.3), (1, 2, 0.2)]


@pytest.fixture
def plan():
    return PairProbabilities.from_rows("uniform", ROWS)


def test_pairs_come_up_as_often_as_planned(plan):
    rng = random.Random(4)
    drawn = [draw_pair(plan, rng) for _ in range(20_000)]
    seen = Counter(tuple(sorted((m.model_a, m.model_b))) for m in drawn)
    for i, j, probability in ROWS:
        assert seen[i, j] / len(drawn) == pytest.approx(probability, abs=0.015)


def test_sides_are_a_fair_coin(plan):
    rng = np.random.default_rng(4)
    drawn = [draw_pair(plan, rng) for _ in range(20_000)]
    left = sum(m.model_a < m.model_b for m in drawn) / len(drawn)
    assert left == pytest.approx(0.5, abs=0.015)


def test_a_matchup_knows_its_probability(plan):
    matchup = draw_pair(plan, random.SystemRandom())
    expected = probability_of(plan, matchup.model_a, matchup.model_b)
    assert matchup.probability == expected > 0


def test_the_same_seed_draws_the_same(plan):
    first, again = ([draw_pair(plan, rng) for _ in range(50)] for rng in map(random.Random, (7, 7)))
    assert first == again


class Edge:
    """The largest number that a source may give."""

    def random(self):
        return np.nextafter(1.0, 0.0)


def test_the_end_of_the_range_still_draws(plan):
    assert draw_pair(PairProbabilities.from_rows("u", [(0, 1, 1 / 3)] * 3), Edge()).model_a == 0


def test_a_plan_survives_storage(plan):
    assert PairProbabilities.from_rows(plan.strategy, plan.as_rows()).as_rows() == plan.as_rows()


def test_the_pair_has_no_order_in_the_plan(plan):
    assert probability_of(plan, 2, 0) == probability_of(plan, 0, 2) == pytest.approx(0.3)


def test_what_can_be_drawn_now_keeps_the_plans_proportions(plan):
    assert plan.given({0, 1, 5}).as_rows() == [(0, 1, 1.0)]
    every = plan.given({0, 1, 2}).as_rows()
    whole = sum(probability_of(plan, a, b) for a, b, _ in every)
    for a, b, chance in every:
        assert chance == pytest.approx(probability_of(plan, a, b) / whole)


def test_models_of_which_the_plan_has_no_pair_are_drawn_evenly(plan):
    even = plan.given({0, 7, 9})
    assert even.strategy == "uniform"
    assert even.as_rows() == [(i, j, pytest.approx(1 / 3)) for i, j in [(0, 7), (0, 9), (7, 9)]]


def test_one_model_alone_cannot_be_drawn(plan):
    with pytest.raises(ValueError, match="no two models"):
        plan.given({2})
