"""Reasons and judgements stand beside a vote, for its voter alone, and change no rating."""

from __future__ import annotations

import pytest

from arena.core.errors import NotFound
from arena.feedback.selectors import (
    CorrectnessScore,
    correctness_scores,
    feedback_columns,
    reasons_about,
)
from arena.feedback.services import UnknownFeedback, judge_correctness, say_reason
from arena.ledger.services.withdrawing import withdraw_vote
from tests.arena.ledger.adding_up import counted
from tests.factories import ballot, make_battle, make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture
def models():
    return make_models("ash", "elm")


@pytest.fixture
def vote(models):
    return make_vote(*models)


def say(vote, side, reason, holds=True):
    say_reason(**ballot(vote.battle), side=side, reason=reason, holds=holds)


def judge(vote, side, mark):
    judge_correctness(**ballot(vote.battle), side=side, mark=mark)


def test_a_reason_is_stored_once_and_can_be_taken_back(vote):
    for _ in range(2):
        say(vote, "a", "invents")
        say(vote, "a", "too_long")
    say(vote, "b", "reads")
    assert feedback_columns([vote.pk]) == {vote.pk: ("invents too_long", "reads", None, None)}
    say(vote, "a", "invents", holds=False)
    say(vote, "b", "reads", holds=False)
    assert feedback_columns([vote.pk]) == {vote.pk: ("too_long", None, None, None)}


def test_the_last_judgement_holds_and_an_empty_one_takes_it_back(vote):
    judge(vote, "a", "wrong")
    judge(vote, "a", "partly")
    judge(vote, "b", "right")
    judge(vote, "b", "")
    assert feedback_columns([vote.pk]) == {vote.pk: (None, None, "partly", None)}


@pytest.mark.parametrize(
    ("side", "word"), [("c", "reads"), ("a", "nonsense"), ("", "right"), ("a", "x" * 999)]
)
def test_what_is_not_on_the_page_is_refused(vote, side, word):
    with pytest.raises(UnknownFeedback):
        say(vote, side, word)
    with pytest.raises(UnknownFeedback):
        judge(vote, side, word if word != "right" else "whim")
    assert feedback_columns([vote.pk]) == {}


@pytest.mark.parametrize("who", ["other", "nobody", "before the vote"])
def test_nobody_but_its_voter_says_anything(vote, who):
    battle = make_battle() if who == "before the vote" else vote.battle
    voter = {"other": make_voter().pk, "nobody": None}.get(who, battle.voter_id)
    about = {"voter": voter, "public_id": battle.public_id, "side": "a"}
    with pytest.raises(NotFound):
        say_reason(**about, reason="reads", holds=True)
    with pytest.raises(NotFound):
        judge_correctness(**about, mark="right")


def test_each_model_gets_what_was_said_of_its_own_side(models):
    ash, elm = models
    for pair, side in (((ash, elm), "a"), ((elm, ash), "b")):
        vote = make_vote(*pair)
        say(vote, side, "invents")
        judge(vote, side, "right")
        judge(vote, "b" if side == "a" else "a", "wrong")
    assert [(one.votes, one.in_favour) for one in reasons_about(ash.card_id)] == [(2, False)]
    assert reasons_about(elm.card_id) == []
    scores = [CorrectnessScore(ash.card_id, 2, 0, 0, 0), CorrectnessScore(elm.card_id, 0, 0, 2, 0)]
    assert correctness_scores() == scores
    assert correctness_scores([elm.card_id]) == scores[1:]


def test_what_belongs_to_a_vote_that_was_taken_back_is_not_added_up(vote, models):
    say(vote, "a", "invents")
    judge(vote, "a", "wrong")
    withdraw_vote(**ballot(vote.battle))
    assert (reasons_about(models[0].card_id), correctness_scores()) == ([], [])


def test_nothing_of_it_counts_for_a_rating(vote):
    before = counted()
    say(vote, "a", "invents")
    judge(vote, "b", "right")
    assert counted() == before


def test_a_partly_right_answer_is_half_right_and_what_nobody_could_tell_is_left_out():
    score = CorrectnessScore(1, right=6, partly=2, wrong=2, unknown=90)
    assert (score.share, score.judged) == (0.7, 10)
    # Wilson's interval for 7 of 10.
    assert score.interval == pytest.approx((0.3968, 0.8922), abs=1e-3)
    silent = CorrectnessScore(1, 0, 0, 0, 5)
    assert (silent.share, silent.interval) == (None, None)
