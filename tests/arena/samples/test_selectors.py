"""What is known of how likely one side is to win: measured accuracy, then how battles ended."""

from __future__ import annotations

import pytest

from arena.battles.states import BattleState
from arena.samples.selectors import contest_chances, known_chances
from tests.factories import make_battle, store_vote

EASY, HARD = "emoji: 1", "count: 6"


@pytest.fixture
def measured(models):
    """Both know emoji; only one of them can count."""
    for version, count in zip(models, (95.0, 20.0), strict=True):
        version.card.accuracy = {"emoji": 99.0, "count": count}
        version.card.save()
    return models


def battles(models, stratum, state, times, choice=""):
    for _ in range(times):
        battle = make_battle(*models, state=state)
        if choice:
            store_vote(battle, choice)
        battle.turns.update(sample_stratum=stratum)


def test_before_any_battle_measured_accuracy_says_it(measured):
    known = contest_chances()
    assert known.of(EASY) < 0.05
    assert known.of(HARD) > 0.7
    assert known.of(EASY) < known.of("never heard of: 3") < known.of(HARD)


def test_without_models_and_without_measures_all_are_alike(db):
    known = contest_chances()
    assert known.of(EASY) == known.of(HARD) == known.of("")


def test_agreements_and_votes_move_what_was_measured(measured):
    before = contest_chances()
    battles(measured, EASY, BattleState.VOTED, 6, "a")
    battles(measured, HARD, BattleState.AGREED, 6)
    after = contest_chances()
    assert after.of(EASY) > before.of(EASY) + 0.3
    assert after.of(HARD) < before.of(HARD) - 0.2


@pytest.mark.parametrize("choice", ["both_bad", "tie"])
def test_two_answers_of_which_none_was_better_are_no_contest(measured, choice):
    before = contest_chances()
    battles(measured, HARD, BattleState.VOTED, 6, choice)
    assert contest_chances().of(HARD) < before.of(HARD) - 0.2


def test_one_stratum_of_a_task_says_a_little_of_the_others(measured):
    before = contest_chances()
    battles(measured, HARD, BattleState.AGREED, 8)
    after = contest_chances()
    assert after.of(HARD) < after.of("count: 2") < before.of("count: 2")


@pytest.mark.parametrize("state", [BattleState.SKIPPED, BattleState.FAILED, BattleState.EXPIRED])
def test_a_battle_whose_answers_may_be_missing_says_nothing(measured, state):
    before = contest_chances()
    battles(measured, HARD, state, 3)
    assert contest_chances().of(HARD) == before.of(HARD)


def test_what_was_found_is_kept_for_a_while(measured, django_assert_num_queries):
    first = known_chances()
    with django_assert_num_queries(0):
        assert known_chances().of(HARD) == first.of(HARD)
