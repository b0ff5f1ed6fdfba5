"""Every service against every state."""

from __future__ import annotations

import pytest

from arena.battles.models import Battle, Vote
from arena.battles.states import (
    BATTLE_TRANSITIONS,
    GENERATION_TRANSITIONS,
    BattleState,
    GenerationState,
)
from arena.core.errors import Conflict
from arena.orchestration import services
from arena.orchestration.services import NotRetryable, NotVotable
from arena.orchestration.services.rows import end, move
from tests.factories import (
    ballot,
    make_battle,
    make_battle_row,
    make_generation,
    make_turn,
    make_version,
)

BATTLE_PAIRS = [(one, other) for one in BattleState for other in BattleState]
GENERATION_PAIRS = [(one, other) for one in GenerationState for other in GenerationState]
OVER = {
    BattleState.VOTED,
    BattleState.SKIPPED,
    BattleState.EXPIRED,
    BattleState.AGREED,
    BattleState.DISCARDED,
}


def test_every_state_is_in_its_table():
    assert set(BATTLE_TRANSITIONS) == set(BattleState)
    assert set(GENERATION_TRANSITIONS) == set(GenerationState)


def test_what_is_over_stays_over():
    assert {state for state, after in BATTLE_TRANSITIONS.items() if not after} == OVER


@pytest.mark.parametrize(("before", "after"), BATTLE_PAIRS)
def test_a_battle_moves_as_its_table_says(before, after):
    battle = make_battle_row(state=before)
    allowed = after in BATTLE_TRANSITIONS[before]
    if allowed:
        move(battle, after)
    else:
        with pytest.raises(Conflict):
            move(battle, after)
    assert Battle.objects.get(pk=battle.pk).state == (after if allowed else before)


@pytest.mark.parametrize(("before", "after"), GENERATION_PAIRS)
def test_a_generation_moves_as_its_table_says(before, after):
    row = make_generation(make_turn(), "a", make_version(), state=before)
    allowed = after in GENERATION_TRANSITIONS[before]
    if allowed:
        end(row, after)
    else:
        with pytest.raises(Conflict):
            end(row, after)
    row.refresh_from_db()
    assert row.state == (after if allowed else before)


@pytest.mark.parametrize("state", [s for s in BattleState if s != BattleState.VOTING])
def test_only_an_open_vote_takes_one(state):
    battle = make_battle(state=state)
    with pytest.raises(NotVotable):
        services.cast_vote(**ballot(battle), choice="a")
    assert not Vote.objects.exists()


@pytest.mark.parametrize("to", [BattleState.STOPPED, BattleState.SKIPPED, BattleState.EXPIRED])
@pytest.mark.parametrize("state", BattleState)
def test_a_battle_is_ended_where_its_table_allows(state, to, commit):
    battle = make_battle(state=state)
    if state == to or to in BATTLE_TRANSITIONS[state]:
        commit(services.end_battle, battle=battle, to=to)
    else:
        with pytest.raises(Conflict):
            services.end_battle(battle=battle, to=to)
        to = state
    assert Battle.objects.get().state == to


@pytest.mark.parametrize("state", BattleState)
def test_a_battle_without_a_failed_answer_is_not_tried_again(state):
    battle = make_battle(state=state)
    with pytest.raises(NotRetryable):
        services.retry_battle(battle=battle)
    assert Battle.objects.get().state == state
