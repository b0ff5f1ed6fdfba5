"""One vote per battle, never changed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from arena.battles.models import Battle, UnfoldedVote, Vote
from arena.battles.selectors.reading import generations_of
from arena.battles.states import BattleState, Choice
from arena.core.errors import Conflict, NotFound
from arena.core.redis import client
from arena.orchestration import services
from arena.orchestration.services import NotVotable, UnknownChoice
from arena.voters.models import Voter
from arena.voters.services import note_account
from inference_worker.wire import keys
from tests.arena.at_once import at_once
from tests.arena.orchestration.working import kinds, state_of
from tests.arena.queries import counted
from tests.factories import (
    ballot,
    make_battle,
    make_generation,
    make_turn,
    make_voter,
    store_vote,
)

NOBODYS = {"voter": uuid4(), "public_id": "nothing"}


@pytest.mark.parametrize("choice", Choice.values)
def test_a_choice_is_stored_and_the_battle_is_over(answered, choice):
    assert services.cast_vote(**ballot(answered), choice=choice) == choice
    vote = Vote.objects.get()
    assert (vote.battle, vote.choice, vote.voter) == (answered, choice, answered.voter)
    assert timezone.now() - vote.created_at < timedelta(minutes=1)
    assert state_of(answered) == BattleState.VOTED


def test_a_vote_waits_for_the_ledger_and_points_at_what_it_compared(answered):
    services.cast_vote(**ballot(answered), choice="a")
    vote = Vote.objects.get()
    versions = [generation.version for generation in generations_of(answered)]
    assert [vote.version_a, vote.version_b] == versions
    assert UnfoldedVote.objects.get().vote == vote
    assert not vote.betrayed


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_vote_knows_of_an_answer_that_named_its_model(side):
    battle = make_battle(**{side: {"betrays": True}})
    services.cast_vote(**ballot(battle), choice="a")
    assert Vote.objects.get().betrayed


@pytest.mark.parametrize("again", Choice.values)
def test_whoever_votes_again_gets_the_stored_choice(answered, again):
    services.cast_vote(**ballot(answered), choice="tie")
    assert services.cast_vote(**ballot(answered), choice=again) == "tie"
    assert [vote.choice for vote in Vote.objects.all()] == ["tie"]


@pytest.mark.parametrize("state", BattleState)
def test_nobody_votes_on_another_voters_battle(state):
    battle, stranger = make_battle(state=state), make_voter()
    for whose in ({"voter": stranger.pk, "public_id": battle.public_id}, NOBODYS):
        with pytest.raises(NotFound):
            services.cast_vote(**whose, choice="a")
    assert (Vote.objects.count(), state_of(battle)) == (0, state)


@pytest.mark.parametrize("turns", [1, 2])
def test_a_vote_on_several_turns_is_one(turns):
    battle = make_battle(b={"betrays": True})
    versions = [generation.version for generation in generations_of(battle)]
    for number in range(1, turns):
        turn = make_turn(battle, number=number)
        for side, version in zip("ab", versions, strict=True):
            make_generation(turn, side, version)
    services.cast_vote(**ballot(battle), choice="a")
    vote = Vote.objects.get()
    assert ([vote.version_a, vote.version_b], vote.betrayed) == (versions, True)


def test_a_vote_is_one_statement_on_postgresql_and_three_on_sqlite(answered):
    with counted({"postgresql": 1, "sqlite": 3}):
        services.cast_vote(**ballot(answered), choice="a")


def test_a_repeated_vote_asks_once_more(answered):
    services.cast_vote(**ballot(answered), choice="a")
    with counted({"postgresql": 2, "sqlite": 2}):
        services.cast_vote(**ballot(answered), choice="b")


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_cannot_be_stored_leaves_the_battle_open():
    battle = make_battle()
    store_vote(battle, "b")
    with pytest.raises(IntegrityError):
        services.cast_vote(**ballot(battle), choice="a")
    assert (state_of(battle), UnfoldedVote.objects.count()) == (BattleState.VOTING, 1)


@pytest.mark.parametrize("choice", ["", "A", "c", "a ", "tie\n", "both bad", "None", "a" * 10_000])
def test_an_unknown_choice_is_refused(answered, choice):
    with pytest.raises(UnknownChoice):
        services.cast_vote(**ballot(answered), choice=choice)
    assert not Vote.objects.exists()


def test_before_both_answers_there_is_no_vote(battle):
    with pytest.raises(NotVotable):
        services.cast_vote(**ballot(battle), choice="a")
    assert state_of(battle) == BattleState.GENERATING


def test_after_one_answer_there_is_no_vote(battle, workers, commit):
    commit(services.finish_generation, workers["a"].answer("x").outcome())
    with pytest.raises(NotVotable):
        services.cast_vote(**ballot(battle), choice="a")


def test_the_leaderboard_is_rung_on_commit(answered, commit):
    before = client().llen("arena")
    commit(services.cast_vote, **ballot(answered), choice="a")
    assert client().llen("arena") == before + 1


def test_a_vote_that_is_not_committed_rings_nobody(answered):
    services.cast_vote(**ballot(answered), choice="a")
    assert client().get("va:ring") is None


@pytest.mark.parametrize("choice", Choice.values)
def test_the_open_pages_are_told_of_a_vote_and_not_which(answered, commit, choice):
    commit(services.cast_vote, **ballot(answered), choice=choice)
    [*_, (_id, entry)] = client().xrange(keys.events(answered.public_id))
    assert entry == {b"s": b"", b"t": b"0", b"n": b"0", b"k": b"voted", b"x": b""}


def test_a_repeated_vote_is_told_once(answered, commit):
    for choice in ("a", "b"):
        commit(services.cast_vote, **ballot(answered), choice=choice)
    assert kinds(answered).count("voted") == 1


def test_while_the_bell_still_sounds_it_is_not_rung_again(answered, commit):
    client().set("va:ring", b"1")
    before = client().llen("arena")
    commit(services.cast_vote, **ballot(answered), choice="a")
    assert client().llen("arena") == before


def test_without_redis_the_vote_is_stored_all_the_same(answered, commit, no_redis):
    commit(services.cast_vote, **ballot(answered), choice="b")
    assert Vote.objects.get().choice == "b"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_votes_at_once_are_one_and_all_are_told_which():
    battle = make_battle()
    cast = partial(services.cast_vote, **ballot(battle))
    told = at_once(lambda choice: cast(choice=choice), [*Choice.values] * 25)
    assert told == [Vote.objects.get().choice] * 100
    assert Battle.objects.get().state == BattleState.VOTED


@pytest.mark.django_db(transaction=True)
def test_a_vote_and_a_skip_at_once_give_one_of_both():
    battle = make_battle()
    vote = partial(services.cast_vote, **ballot(battle), choice="a")
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


def test_a_vote_keeps_how_far_its_voter_could_be_trusted(valkey_url, settings):
    voter = make_voter()
    Voter.objects.update(created_at=timezone.now() - timedelta(hours=30))
    yesterday = store_vote(make_battle(voter=voter))
    Vote.objects.filter(pk=yesterday.pk).update(created_at=timezone.now() - timedelta(hours=25))
    store_vote(make_battle(voter=voter))
    store_vote(make_battle())
    services.cast_vote(**ballot(make_battle(voter=voter)), choice="a")
    vote = Vote.objects.latest("pk")
    assert vote.votes_today == 1
    assert vote.voter_seconds == pytest.approx(30 * 3600, abs=60)
    assert vote.account_days is None
    note_account(voter=voter.pk, since=timezone.now() - timedelta(days=3, hours=20))
    services.cast_vote(**ballot(make_battle(voter=voter)), choice="a")
    assert Vote.objects.latest("pk").account_days == 3
