"""Further turns: asked, changed, taken back, at once with a vote, and under the arena's limits."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle, Generation, SideReplacement, Turn, Vote
from arena.battles.selectors import pictures, reading
from arena.battles.selectors.conversation import conversation_images
from arena.battles.states import BattleState, GenerationState
from arena.core.errors import Conflict
from arena.core.images import normalise
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.orchestration.services import BattleInput
from arena.orchestration.services.turns import (
    NotChangeable,
    NotContinuable,
    TooManyPictures,
    TooManyTurns,
)
from inference_worker.wire import blobs, stream
from tests.arena.at_once import at_once
from tests.arena.core.pictures import corners, encoded
from tests.arena.orchestration.working import Worker
from tests.factories import ballot


def picture_of(size):
    return normalise(encoded(corners((size, 24))))


@pytest.fixture
def ask(commit):
    def asked(battle, prompt="And then?", *shown):
        first, *further = shown or [None]
        question = BattleInput(picture=first, prompt=prompt, further=tuple(further))
        commit(services.add_turn, battle=battle, question=question)
        battle.refresh_from_db()
        return {side: Worker(battle, side) for side in "ab"}

    return asked


@pytest.fixture
def end(commit):
    def ended(battle, workers, said="Two."):
        for side, worker in workers.items():
            worker.answer(f"{said} {side}")
            commit(services.finish_generation, worker.outcome())
        battle.refresh_from_db()

    return ended


@pytest.fixture
def stopped(answered, ask, commit):
    """A battle whose second turn was stopped."""
    ask(answered)
    commit(services.end_battle, battle=answered, to=BattleState.STOPPED)
    answered.refresh_from_db()
    return answered


def test_each_side_gets_the_conversation_with_its_own_answers(answered, ask):
    ask(answered, "And then?", picture_of(40))
    for row in reading.generations_of(answered):
        [earlier] = dispatch.request_of(row).earlier
        assert earlier.answer == f"I am side {row.side}."
        assert earlier.prompt == "What is this?"
        assert len(earlier.images) == 1


def test_pictures_stand_in_the_voters_order_and_reach_redis(answered, ask):
    shown = [picture_of(size) for size in (50, 40, 60)]
    ask(answered, "Which?", *shown)
    turn = reading.generations_of(answered)[0].turn
    assert [image.digest for image in turn.images] == [blobs.digest(one.data) for one in shown]
    for digest in conversation_images(answered):
        assert blobs.get(client(), digest)


def test_the_versions_stay_and_the_vote_counts_two_turns(answered, ask, end, commit):
    before = [row.version_id for row in reading.generations_of(answered)]
    end(answered, ask(answered))
    assert answered.state == BattleState.VOTING
    commit(services.cast_vote, **ballot(answered), choice="a")
    vote = Vote.objects.get()
    assert [vote.version_a_id, vote.version_b_id] == before
    assert vote.turns == 2


def test_no_vote_while_the_newest_turn_runs(answered, ask, commit):
    ask(answered)
    with pytest.raises(services.NotVotable):
        commit(services.cast_vote, **ballot(answered), choice="a")


def test_no_turn_is_added_before_both_answers_and_after_the_vote(battle, ask):
    with pytest.raises(NotContinuable):
        ask(battle)
    Battle.objects.update(state=BattleState.VOTED)
    with pytest.raises(NotContinuable):
        ask(battle)


@pytest.mark.django_db(transaction=True)
def test_a_vote_and_a_turn_at_once_are_never_both_taken(answered):
    question = BattleInput(picture=None, prompt="And then?")

    def act(deed):
        with suppress(Conflict):
            if deed == "vote":
                services.cast_vote(**ballot(answered), choice="a")
            else:
                services.add_turn(battle=answered, question=question)

    at_once(act, ["vote", "more", "more"])
    answered.refresh_from_db()
    turns, votes = answered.turns.count(), Vote.objects.count()
    assert (turns, votes) in {(1, 1), (2, 0)}
    assert (answered.state == BattleState.VOTED) is (votes == 1)


def test_a_question_that_was_sent_twice_is_asked_once(answered, ask, end, commit):
    seen = answered.turns.get().number
    question = BattleInput(picture=None, prompt="And then?")
    end(answered, ask(answered))
    with pytest.raises(Conflict, match="moved on"):
        commit(services.add_turn, battle=answered, question=question, after=seen)
    commit(services.add_turn, battle=answered, question=question, after=seen + 1)
    assert answered.turns.count() == 3


def test_the_arenas_limits_hold(answered, ask, settings):
    settings.BATTLE_IMAGES = 2
    with pytest.raises(TooManyPictures, match="at most 2 pictures"):
        ask(answered, "Which?", picture_of(40), picture_of(50))
    settings.BATTLE_IMAGES = 1
    with pytest.raises(TooManyPictures, match="at most 1 picture\\."):
        ask(answered, "Which?", picture_of(40))
    settings.BATTLE_TURNS = 1
    with pytest.raises(TooManyTurns, match="has 1 question,"):
        ask(answered)
    assert Turn.objects.count() == 1


def test_a_stopped_turn_is_taken_back_and_the_vote_opens(stopped, commit):
    commit(services.take_back_turn, battle=stopped)
    stopped.refresh_from_db()
    assert stopped.state == BattleState.VOTING
    assert stopped.turns.count() == 1
    assert stream.read(client(), stopped.public_id)[-1].kind == "taken_back"
    commit(services.cast_vote, **ballot(stopped), choice="a")


def test_a_number_is_never_used_twice(stopped, commit, ask):
    commit(services.take_back_turn, battle=stopped)
    ask(stopped)
    assert list(stopped.turns.values_list("number", flat=True)) == [0, 2]


def test_a_stopped_turn_is_asked_in_other_words(stopped, commit, end):
    commit(services.edit_turn, battle=stopped, prompt="Better words?")
    turn = stopped.turns.order_by("-number")[0]
    assert (turn.prompt, turn.number) == ("Better words?", 2)
    end(stopped, {side: Worker(stopped, side) for side in "ab"}, "Better.")
    assert stopped.state == BattleState.VOTING


def test_a_stopped_turn_is_tried_again(stopped, commit, end):
    commit(services.retry_battle, battle=stopped)
    end(stopped, {side: Worker(stopped, side) for side in "ab"})
    assert stopped.state == BattleState.VOTING


@pytest.mark.parametrize("service", ["take_back_turn", "edit_turn"])
def test_what_ended_well_is_not_changed(answered, service):
    words = {"prompt": "Other?"} if service == "edit_turn" else {}
    with pytest.raises(NotChangeable):
        getattr(services, service)(battle=answered, **words)


def test_the_first_turn_is_not_taken_back(battle, commit):
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    with pytest.raises(NotChangeable):
        services.take_back_turn(battle=battle)


def test_a_later_turn_goes_to_no_other_model(answered, ask, commit):
    workers = ask(answered)
    workers["a"].start()
    failed = workers["a"].outcome(status="failed", code="timeout")
    commit(services.finish_generation, failed)
    assert not SideReplacement.objects.exists()
    states = {row.side: row.state for row in reading.generations_of(answered)}
    assert states["a"] == GenerationState.FAILED


def test_a_later_turn_whose_worker_died_is_begun_anew_with_its_conversation(answered, ask, commit):
    workers = ask(answered)
    workers["a"].start("so far")
    commit(services.reap)
    workers["a"].die()
    commit(services.reap)
    row = workers["a"].row
    assert row.attempt == 2
    assert dispatch.request_of(row).earlier[0].answer == "I am side a."


def test_an_old_turns_callback_changes_nothing(battle, workers, answered, ask, commit):
    ask(answered)
    assert not commit(services.finish_generation, workers["a"].outcome())
    assert Generation.objects.filter(state=GenerationState.ENDED).count() == 2


def test_the_collector_keeps_a_further_picture_that_a_vote_rests_on(answered, ask, end, commit):
    end(answered, ask(answered, "Which?", picture_of(40), picture_of(50)))
    commit(services.cast_vote, **ballot(answered), choice="a")
    before = timezone.now() + timedelta(hours=1)
    assert pictures.voted_images(before).count() == 3
    assert pictures.unneeded_images(before).count() == 0


def test_a_consent_that_was_taken_back_holds_for_the_battle(answered, ask):
    Battle.objects.update(publish=True)
    ask(answered)
    assert not Battle.objects.get().publish
