"""One vote per battle, never changed."""

from __future__ import annotations

from functools import partial

import pytest

from arena.battles import services
from arena.battles.models import Battle, UnfoldedVote, Vote
from arena.battles.selectors import generations_of
from arena.battles.services import NotVotable, UnknownChoice
from arena.battles.states import BattleState, Choice
from arena.core.errors import Conflict
from arena.core.redis import client
from inference_worker.wire import keys
from tests.arena.at_once import at_once
from tests.arena.battles.working import kinds, state_of
from tests.factories import make_battle


@pytest.mark.parametrize("choice", Choice.values)
def test_a_choice_is_stored_and_the_battle_is_over(answered, choice):
    vote = services.cast_vote(battle=answered, choice=choice)
    assert (vote.choice, vote.voter) == (choice, answered.voter)
    assert state_of(answered) == BattleState.VOTED


def test_a_vote_waits_for_the_ledger_and_points_at_what_it_compared(answered):
    vote = services.cast_vote(battle=answered, choice="a")
    versions = [generation.version for generation in generations_of(answered)]
    assert [vote.version_a, vote.version_b] == versions
    assert UnfoldedVote.objects.get().vote == vote
    assert not vote.betrayed


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_vote_knows_of_an_answer_that_named_its_model(side):
    battle = make_battle(**{side: {"betrays": True}})
    assert services.cast_vote(battle=battle, choice="a").betrayed


@pytest.mark.parametrize("again", Choice.values)
def test_whoever_votes_again_gets_the_stored_choice(answered, again):
    first = services.cast_vote(battle=answered, choice="tie")
    second = services.cast_vote(battle=answered, choice=again)
    assert (second.pk, second.choice, Vote.objects.count()) == (first.pk, "tie", 1)


@pytest.mark.parametrize("choice", ["", "A", "c", "a ", "tie\n", "both bad", "None", "a" * 10_000])
def test_an_unknown_choice_is_refused(answered, choice):
    with pytest.raises(UnknownChoice):
        services.cast_vote(battle=answered, choice=choice)
    assert not Vote.objects.exists()


def test_before_both_answers_there_is_no_vote(battle):
    with pytest.raises(NotVotable):
        services.cast_vote(battle=battle, choice="a")
    assert state_of(battle) == BattleState.GENERATING


def test_after_one_answer_there_is_no_vote(battle, workers, commit):
    commit(services.finish_generation, workers["a"].answer("x").outcome())
    with pytest.raises(NotVotable):
        services.cast_vote(battle=battle, choice="a")


def test_the_leaderboard_is_rung_on_commit(answered, commit):
    before = client().llen("arena")
    commit(services.cast_vote, battle=answered, choice="a")
    assert client().llen("arena") == before + 1


def test_a_vote_that_is_not_committed_rings_nobody(answered):
    services.cast_vote(battle=answered, choice="a")
    assert client().get("va:ring") is None


@pytest.mark.parametrize("choice", Choice.values)
def test_the_open_pages_are_told_of_a_vote_and_not_which(answered, commit, choice):
    commit(services.cast_vote, battle=answered, choice=choice)
    [*_, (_id, entry)] = client().xrange(keys.events(answered.public_id))
    assert entry == {b"s": b"", b"t": b"0", b"n": b"0", b"k": b"voted", b"x": b""}


def test_a_repeated_vote_is_told_once(answered, commit):
    for choice in ("a", "b"):
        commit(services.cast_vote, battle=answered, choice=choice)
    assert kinds(answered).count("voted") == 1


def test_while_the_bell_still_sounds_it_is_not_rung_again(answered, commit):
    client().set("va:ring", b"1")
    before = client().llen("arena")
    commit(services.cast_vote, battle=answered, choice="a")
    assert client().llen("arena") == before


def test_without_redis_the_vote_is_stored_all_the_same(answered, commit, no_redis):
    commit(services.cast_vote, battle=answered, choice="b")
    assert Vote.objects.get().choice == "b"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_votes_at_once_are_one_and_all_are_told_which():
    battle = make_battle()
    cast = partial(services.cast_vote, battle=battle)
    told = at_once(lambda choice: cast(choice=choice).choice, [*Choice.values] * 25)
    assert told == [Vote.objects.get().choice] * 100
    assert Battle.objects.get().state == BattleState.VOTED


@pytest.mark.django_db(transaction=True)
def test_a_vote_and_a_skip_at_once_give_one_of_both():
    battle = make_battle()
    vote = partial(services.cast_vote, battle=battle, choice="a")
    skip = partial(services.end_battle, battle=battle, to=BattleState.SKIPPED)
    done = at_once(quietly, [vote, skip])
    assert done.count("refused") == 1
    expected = [(BattleState.VOTED, 1), (BattleState.SKIPPED, 0)]
    assert (Battle.objects.get().state, Vote.objects.count()) in expected


def quietly(service):
    try:
        service()
    except Conflict:
        return "refused"
    return "done"
