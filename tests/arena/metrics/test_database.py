"""What the database is asked: the right numbers, and none of them by going through a table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Vote
from arena.battles.states import OPEN_STATES, BattleState, GenerationState
from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.ledger.models import Recount
from arena.ledger.services.folding import fold
from arena.metrics import database
from tests.arena.metrics.reading import value
from tests.arena.queries import goes_through, plans
from tests.factories import (
    make_battle,
    make_battle_row,
    make_card,
    make_models,
    make_version,
    make_vote,
)

pytestmark = pytest.mark.django_db
LARGE = ("battle", "generation", "turn", "vote", "ledgerentry", "snapshot", "cell")
"""Tables that grow as long as an arena lives, by the end of their names."""


def minutes_ago(count):
    return timezone.now() - timedelta(minutes=count)


def test_an_empty_arena_has_all_its_numbers():
    found = database.series()
    for name in ("votes_waiting", "votes_waiting_seconds", "ledger_number", "models_drawable"):
        assert value(found, f"arena_{name}") == 0
    assert value(found, "arena_generations_oldest_queued_seconds") == 0
    assert value(found, "arena_battles_open", state="voting") == 0
    assert value(found, "arena_recount_findings") is None


def test_votes_outside_the_ledger_are_counted_and_the_first_of_them_has_an_age():
    first = make_vote()
    make_vote()
    Vote.objects.filter(pk=first.pk).update(created_at=minutes_ago(5))
    found = database.series()
    assert value(found, "arena_votes_waiting") == 2
    assert value(found, "arena_votes_waiting_seconds") == pytest.approx(300, abs=30)


def test_they_are_counted_no_further_than_needed(monkeypatch):
    monkeypatch.setattr(database, "MOST_VOTES", 2)
    for _ in range(3):
        make_vote()
    assert value(database.series(), "arena_votes_waiting") == 2


def test_a_board_says_how_far_it_is_behind(no_layer):
    make_vote()
    update_live_boards()
    make_vote()
    fold()
    found = database.series()
    assert value(found, "arena_ledger_number") == 2
    assert value(found, "arena_board_entries_behind", board="overall") == 1
    assert 0 <= value(found, "arena_board_snapshot_age_seconds", board="overall") < 30


def test_a_board_without_a_snapshot_or_put_away_has_no_age(no_layer):
    make_vote()
    update_live_boards()
    Board.objects.create(slug="new", name="New")
    Board.objects.filter(slug="overall").update(active=False)
    found = database.series()
    for board in ("new", "overall"):
        assert value(found, "arena_board_snapshot_age_seconds", board=board) is None


def test_the_last_recount_counts():
    Recount.objects.create(ledger_number=1, findings=["One is missing.", "Two is doubled."])
    Recount.objects.create(ledger_number=2, findings=["Two is doubled."])
    Recount.objects.update(created_at=minutes_ago(60))
    found = database.series()
    assert value(found, "arena_recount_findings") == 1
    assert value(found, "arena_recount_age_seconds") == pytest.approx(3600, abs=30)


def test_live_answers_are_counted_by_state_and_queue():
    on_gpu = make_version(make_card(queue="gpu"))
    waiting = {"state": GenerationState.QUEUED, "queued_at": minutes_ago(2)}
    running = {"state": GenerationState.RUNNING, "queued_at": minutes_ago(9)}
    make_battle(on_gpu, a=waiting, b=running, state=BattleState.GENERATING)
    make_battle()
    found = database.series()
    live = "arena_generations_live"
    assert value(found, live, state="queued", queue="gpu") == 1
    assert value(found, live, state="running", queue="inference") == 1
    assert value(found, live, state="ended", queue="inference") is None
    oldest = value(found, "arena_generations_oldest_queued_seconds")
    assert oldest == pytest.approx(120, abs=30)


@pytest.mark.parametrize("state", BattleState)
def test_open_battles_are_counted_by_state(state):
    make_battle_row(state=state)
    opened = value(database.series(), "arena_battles_open", state=state.value)
    assert opened == (1 if state in OPEN_STATES else None)


def test_models_that_can_be_drawn_are_counted():
    make_models("heron", "newt")
    make_card()
    assert value(database.series(), "arena_models_drawable") == 2


def test_no_question_goes_through_a_table_that_grows():
    make_vote()
    with plans() as found:
        database.series()
    assert len(found) > 8
    assert [plan for plan in found if goes_through(plan, LARGE)] == []
