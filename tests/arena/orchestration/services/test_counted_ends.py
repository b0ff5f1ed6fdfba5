"""What operators are told of answers and of the reaper is counted where it happens."""

from __future__ import annotations

import pytest

from arena.battles.states import BattleState
from arena.core.redis import client
from arena.orchestration import dispatch, services
from tests.arena.orchestration.working import state_of


def ends():
    return {name.decode(): int(count) for name, count in client().hgetall(dispatch.ENDS).items()}


def slug(worker):
    return worker.row.version.card.slug


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        ({}, "ended"),
        ({"status": "failed", "code": "timeout"}, "timeout"),
        ({"status": "failed", "code": ""}, "internal"),
    ],
)
def test_an_end_is_counted_by_model_and_outcome(workers, commit, outcome, counted):
    worker = workers["a"].answer("x")
    commit(services.finish_generation, worker.outcome(**outcome))
    assert ends() == {f"{slug(worker)}:{counted}": 1}


def test_a_repeated_callback_counts_once(workers, commit):
    outcome = workers["a"].answer("x").outcome()
    for _ in range(2):
        commit(services.finish_generation, outcome)
    assert list(ends().values()) == [1]


def test_a_stop_counts_the_sides_that_it_ends(battle, workers, commit):
    commit(services.finish_generation, workers["a"].answer("x").outcome())
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    assert ends() == {f"{slug(workers['a'])}:ended": 1, f"{slug(workers['b'])}:stopped": 1}


def test_without_redis_an_end_is_stored_and_not_counted(battle, workers, commit, no_redis):
    for worker in workers.values():
        commit(services.finish_generation, worker.outcome())
    assert state_of(battle) == BattleState.VOTING
    assert ends() == {}


def test_no_answer_betrays_itself_by_the_count(answered, owner):
    assert ends()
    page = owner.get(f"/battles/{answered.public_id}/").content.decode()
    assert [name for name in ends() if name.split(":")[0] in page] == []


def test_the_reaper_says_that_it_has_looked(battle):
    assert client().ttl(dispatch.REAPED) < 0
    services.reap()
    assert 0 < client().ttl(dispatch.REAPED) <= dispatch.REAPED_SECONDS


def test_a_reaper_that_found_nothing_to_do_says_so_too(db):
    services.reap()
    assert client().exists(dispatch.REAPED)
