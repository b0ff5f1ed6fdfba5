"""A picture is in Redis for as long as a side may need it."""

from __future__ import annotations

import pytest

from arena.battles.selectors import reading
from arena.battles.states import BattleState
from arena.core.redis import client
from arena.orchestration import services
from arena.orchestration.services import BattleInput
from inference_worker.wire import blobs, keys
from tests.arena.orchestration.working import Worker
from tests.factories import make_voter


def in_redis(battle):
    """Whether a worker would find the battle's picture."""
    try:
        return bool(blobs.get(client(), reading.first_turn(battle).image_id))
    except blobs.MissingBlob:
        return False


def test_it_is_there_while_a_side_answers(battle, workers, commit):
    assert in_redis(battle)
    commit(services.finish_generation, workers["a"].answer("x").outcome())
    assert in_redis(battle)


@pytest.mark.parametrize(("status", "code"), [("ended", ""), ("failed", "timeout")])
def test_it_goes_when_both_sides_have_ended(battle, workers, commit, status, code):
    for worker in workers.values():
        outcome = worker.answer("x").outcome(status=status, code=code)
        commit(services.finish_generation, outcome)
    assert client().keys("*blob*") == []


@pytest.mark.parametrize("to", [BattleState.STOPPED, BattleState.SKIPPED, BattleState.EXPIRED])
def test_it_goes_with_the_battle(battle, commit, to):
    commit(services.end_battle, battle=battle, to=to)
    assert client().keys("*blob*") == []


def test_it_goes_when_nobody_claims_the_sides(battle, commit):
    for row in reading.generations_of(battle):
        commit(services.outcomes.give_up, row, "overloaded")
    assert client().keys("*blob*") == []


def test_it_is_put_again_on_a_retry(battle, commit):
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    commit(services.retry_battle, battle=battle)
    assert in_redis(battle)


def test_it_is_put_again_for_the_next_attempt(battle, workers, commit):
    workers["a"].start("x").die()
    client().delete(keys.blob(reading.first_turn(battle).image_id))
    commit(services.outcomes.begin_next_attempt, workers["a"].row, counted=True)
    assert in_redis(battle)


def test_it_stays_for_another_battle_with_the_same_picture(battle, commit, picture):
    question = BattleInput(picture=picture, prompt="And this?")
    other = commit(services.start_battle, voter=make_voter(), question=question)
    commit(services.end_battle, battle=battle, to=BattleState.SKIPPED)
    assert in_redis(other)
    assert Worker(other, "a").claim() == "ok"
    commit(services.end_battle, battle=other, to=BattleState.SKIPPED)
    assert client().keys("*blob*") == []
