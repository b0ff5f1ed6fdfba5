"""A model in the place of one that failed: who it may be, and how probable the pair shown is."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from arena.matchmaking import PairProbabilities, draw_pair, draw_replacement, shown_probability

MODELS = range(5)


def plan_of(seed=3, models=MODELS):
    rng = random.Random(seed)
    rows = [(i, j, rng.random()) for i, j in combinations(models, 2)]
    return PairProbabilities.from_rows("test", rows)


def shown(plan, failing, rng):
    """The pair that is shown at last, by the procedure of a battle."""
    matchup = draw_pair(plan, rng)
    pair, out = [matchup.model_a, matchup.model_b], set()
    while bad := [model for model in pair if model in failing]:
        gone = rng.choice(bad)
        out.add(gone)
        kept = pair[1 - pair.index(gone)]
        pair = [kept, draw_replacement(plan, kept, out, rng)]
    return tuple(sorted(pair))


@pytest.mark.parametrize("failing", [set(), {1}, {0, 3}, {1, 2}])
def test_pairs_are_shown_as_often_as_is_said(failing):
    plan, rng, rounds = plan_of(), random.Random(11), 20_000
    seen = Counter(shown(plan, failing, rng) for _ in range(rounds))
    whole = 0.0
    for pair in combinations(set(MODELS) - failing, 2):
        said = shown_probability(plan, pair, failing)
        whole += said
        assert seen[pair] / rounds == pytest.approx(said, abs=0.012)
    assert whole == pytest.approx(1.0)


def test_a_pair_that_nobody_failed_in_keeps_its_probability():
    plan = plan_of()
    for first, second, probability in plan.as_rows():
        assert shown_probability(plan, (first, second), ()) == pytest.approx(probability)
        assert shown_probability(plan, (second, first), ()) == pytest.approx(probability)


def test_a_plan_without_a_pair_of_the_one_that_stays_gives_anybody():
    plan = PairProbabilities.from_rows("thin", [(0, 1, 0.5), (2, 3, 0.5)])
    drawn = {draw_replacement(plan, 0, {1}, random.Random(n)) for n in range(50)}
    assert drawn == {2, 3}
    assert shown_probability(plan, (0, 2), {1}) == pytest.approx(0.25)


def test_where_nobody_else_is_there_nobody_is_drawn():
    plan = PairProbabilities.from_rows("two", [(0, 1, 1.0)])
    assert draw_replacement(plan, 0, {1}, random.Random(1)) is None
