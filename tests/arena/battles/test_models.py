"""What the database refuses, whoever writes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from arena.battles.models import Battle, Generation, Vote
from arena.battles.states import BattleState, Choice, GenerationState
from tests.factories import (
    make_battle,
    make_battle_row,
    make_generation,
    make_turn,
    make_version,
    make_vote,
)


def refused(write, *args, **kwargs):
    with transaction.atomic(), pytest.raises(IntegrityError):
        write(*args, **kwargs)
    return True


@pytest.mark.parametrize("state", BattleState.values)
def test_a_battle_takes_every_state_of_the_table(state):
    assert make_battle_row(state=state).state == state


@pytest.mark.parametrize("state", ["", "done", "VOTED", "queued"])
def test_a_battle_takes_no_other_state(state):
    with transaction.atomic():
        battle = make_battle_row()
    assert refused(Battle.objects.filter(pk=battle.pk).update, state=state)


@pytest.mark.parametrize("state", GenerationState.values)
def test_a_generation_takes_every_state_of_the_table(state):
    assert make_generation(make_turn(), "a", make_version(), state=state).state == state


@pytest.mark.parametrize("state", ["", "voting", "ENDED"])
def test_a_generation_takes_no_other_state(state):
    assert refused(make_generation, make_turn(), "a", make_version(), state=state)


@pytest.mark.parametrize("side", ["", "c", "A"])
def test_a_generation_is_on_side_a_or_b(side):
    assert refused(make_generation, make_turn(), side, make_version())


def test_a_turn_has_one_generation_on_each_side():
    turn = make_turn()
    make_generation(turn, "a", make_version())
    assert refused(make_generation, turn, "a", make_version())


def test_a_battle_has_one_turn_of_each_number():
    turn = make_turn()
    assert refused(make_turn, turn.battle)


@pytest.mark.parametrize("choice", ["", "c", "A", "draw"])
def test_a_vote_is_one_of_four_choices(choice):
    assert refused(make_vote, choice=choice)


@pytest.mark.parametrize("choice", Choice.values)
def test_a_battle_has_one_vote(choice):
    vote = make_vote()
    fields = {"battle": vote.battle, "voter": vote.voter, "choice": choice}
    versions = {"version_a": vote.version_a, "version_b": vote.version_b}
    assert refused(Vote.objects.create, **fields, **versions)


def test_a_battle_with_a_vote_is_not_deleted():
    with pytest.raises(ProtectedError):
        make_vote().battle.delete()


def test_a_voter_with_battles_is_not_deleted():
    with pytest.raises(ProtectedError):
        make_battle().voter.delete()


def test_a_version_that_answered_is_not_deleted():
    battle = make_battle()
    with pytest.raises(ProtectedError):
        Generation.objects.filter(turn__battle=battle)[0].version.delete()


def test_public_ids_cannot_be_guessed_from_one_another():
    names = {make_battle_row().public_id for _ in range(50)}
    assert len(names) == 50
    assert min(map(len, names)) >= 22
