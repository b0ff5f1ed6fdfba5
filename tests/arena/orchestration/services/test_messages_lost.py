"""A message that a worker took and that nobody works on; voters that nobody has seen yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle
from arena.battles.states import BattleState, GenerationState
from arena.core.redis import client
from arena.orchestration import dispatch, services
from inference_worker.wire import leases, messages, presence, task
from tests.factories import make_battle_row, make_generation, make_turn, make_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey_url")]

LONG_AGO = timedelta(seconds=30)


def queued(*, since, **fields):
    """A side that waits in the line since so long, and whose message is not on the queue."""
    when = timezone.now() - since
    turn = make_turn(make_battle_row(state=BattleState.GENERATING))
    generation = make_generation(
        turn,
        "a",
        make_version(),
        state=GenerationState.QUEUED,
        fence="f",
        text="",
        finish="",
        **{"queued_at": when, "submitted_at": when, **fields},
    )
    presence.voter_here(client(), turn.battle.public_id)
    leases.prepare(client(), dispatch.request_of(generation))
    return generation


def backlog():
    return task.backlog(client(), messages.DEFAULT_QUEUE)


def test_a_message_that_was_taken_and_never_claimed_is_sent_again():
    queued(since=LONG_AGO)
    services.reap()
    assert backlog() == 1


def test_a_message_that_waits_behind_others_is_not_sent_again():
    generation = queued(since=LONG_AGO)
    dispatch.submit_again(generation)
    services.reap()
    assert backlog() == 1


def test_a_message_that_is_just_being_taken_is_not_sent_again():
    queued(since=timedelta(0))
    services.reap()
    assert backlog() == 0


def test_a_claimed_side_is_not_sent_again():
    generation = queued(since=LONG_AGO)
    holder = leases.LeaseHolder(generation.turn.battle.public_id, "a", "f", "me")
    leases.claim(client(), holder, queue=messages.DEFAULT_QUEUE)
    services.reap()
    assert backlog() == 0


@pytest.fixture
def no_voters(monkeypatch):
    """Redis runs for long and knows nobody."""
    monkeypatch.setattr(presence, "remembers_voters", lambda _: True)
    monkeypatch.setattr(presence, "voters_gone", lambda _, streams: list(streams))


@pytest.mark.usefixtures("no_voters")
def test_a_battle_whose_voter_left_is_stopped():
    queued(since=LONG_AGO)
    services.reap()
    assert Battle.objects.get().state == BattleState.STOPPED


@pytest.mark.usefixtures("no_voters")
def test_a_battle_that_was_just_sent_waits_for_its_voter():
    queued(since=timedelta(seconds=5))
    services.reap()
    assert Battle.objects.get().state == BattleState.GENERATING


def test_a_fresh_redis_takes_nobody_for_gone(monkeypatch):
    generation = queued(since=LONG_AGO)
    monkeypatch.setattr(presence, "remembers_voters", lambda _: False)
    client().delete(f"va:{{{generation.turn.battle.public_id}}}:presence")
    services.reap()
    assert Battle.objects.get().state == BattleState.GENERATING
