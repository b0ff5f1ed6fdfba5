"""What is asked every few seconds reads what is live or open, however many battles there were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle
from arena.battles.selectors.reading import live_generations, stale_battles
from arena.battles.states import LIVE_GENERATIONS, OPEN_STATES, BattleState, GenerationState
from tests.arena.queries import goes_through, plans
from tests.factories import make_battle_row, make_generation, make_models, make_turn

pytestmark = pytest.mark.django_db


def test_the_reaper_asks_for_live_sides_alone():
    model = make_models("heron")[0]
    for state in GenerationState:
        make_generation(make_turn(), "a", model, state=state)
    assert {row.state for row in live_generations()} == set(LIVE_GENERATIONS)


def test_only_open_battles_grow_stale():
    for state in BattleState:
        make_battle_row(state=state)
    Battle.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert {row.state for row in stale_battles(timezone.now())} == set(OPEN_STATES)


def test_neither_goes_through_all_that_ever_were():
    with plans() as found:
        list(live_generations())
        list(stale_battles(timezone.now()))
    assert len(found) == 2
    assert [plan for plan in found if goes_through(plan, ("battle", "generation"))] == []
