"""A question that one model refuses is refused by both, whichever of them was asked first."""

from __future__ import annotations

import pytest

from arena.battles.models import Generation
from arena.battles.states import BattleState
from arena.catalog.models import VersionHealth
from arena.orchestration import services
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.at_once import at_once
from tests.arena.orchestration.working import Worker, kinds, slots, state_of

OTHERS = sorted(set(FAILURE_CODES) - {"refused"})


@pytest.fixture
def finish(commit):
    return lambda outcome: commit(services.finish_generation, outcome)


def refusal(worker):
    return worker.answer(end="failed", code="refused").outcome(status="failed", code="refused")


def refusal_of_a_lost(worker):
    """From a worker that had not heard of the end."""
    return worker.outcome(status="failed", code="refused")


def ends(battle):
    rows = Generation.objects.filter(turn__battle=battle).order_by("side")
    return [(row.state, row.code, row.text) for row in rows]


REFUSED = [("failed", "refused", "")] * 2


@pytest.mark.parametrize(("first", "second"), ["ab", "ba"])
def test_a_side_that_waits_is_refused_too(battle, workers, finish, first, second):
    assert finish(refusal(workers[first]))
    assert ends(battle) == REFUSED
    assert state_of(battle) == BattleState.FAILED
    assert workers[second].claim() == "lost"
    assert [(slot.state, slot.code) for slot in slots(battle)] == [("done", "refused")] * 2


def test_a_side_that_answers_stops_and_says_nothing_more(battle, workers, finish):
    workers["b"].start("Half of")
    assert finish(refusal(workers["a"]))
    assert ends(battle) == REFUSED
    assert workers["b"].write("delta", " an answer") == "lost"
    assert not finish(workers["b"].outcome())
    assert ends(battle) == REFUSED


@pytest.mark.parametrize("told", [True, False])
def test_an_answer_that_has_ended_does_not_stay_alone(battle, workers, finish, told):
    late = workers["b"].answer("All of it.").outcome()
    if told:
        assert finish(late)
    assert finish(refusal(workers["a"]))
    assert not finish(late)
    assert ends(battle) == REFUSED
    assert state_of(battle) == BattleState.FAILED
    assert "voting_opened" not in kinds(battle)


def test_both_may_refuse(battle, workers, finish):
    said = {side: refusal(worker) for side, worker in workers.items()}
    assert finish(said["a"])
    assert not finish(said["b"])
    assert ends(battle) == REFUSED


def test_only_the_version_that_refused_is_marked(battle, workers, finish):
    finish(workers["b"].answer("All of it.").outcome())
    finish(refusal(workers["a"]))
    assert [one.version for one in VersionHealth.objects.all()] == [workers["a"].row.version]


@pytest.mark.parametrize("code", OTHERS)
def test_any_other_failure_leaves_the_other_answer_be(battle, workers, finish, code):
    finish(workers["b"].answer("All of it.").outcome())
    finish(workers["a"].answer(end="failed", code=code).outcome(status="failed", code=code))
    assert ends(battle) == [("failed", code, ""), ("ended", "", "All of it.")]


@pytest.mark.parametrize("code", ["stopped", "failed"])
def test_a_side_that_had_come_to_another_end_keeps_it(battle, workers, finish, commit, code):
    if code == "stopped":
        commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
        assert not finish(refusal_of_a_lost(workers["a"]))
        assert [end[0] for end in ends(battle)] == ["stopped"] * 2
    else:
        failed = workers["b"].answer(end="failed", code="timeout")
        finish(failed.outcome(status="failed", code="timeout"))
        finish(refusal(workers["a"]))
        assert ends(battle) == [("failed", "refused", ""), ("failed", "timeout", "")]


def test_both_can_be_tried_again(battle, workers, finish, commit):
    finish(workers["b"].answer("All of it.").outcome())
    finish(refusal(workers["a"]))
    commit(services.retry_battle, battle=battle)
    assert state_of(battle) == BattleState.GENERATING
    for side in "ab":
        finish(Worker(battle, side).answer(f"Again {side}.").outcome())
    assert [end[0] for end in ends(battle)] == ["ended"] * 2
    assert state_of(battle) == BattleState.VOTING


def test_a_refusal_without_a_callback_is_found_by_the_reaper(battle, workers, commit, monkeypatch):
    monkeypatch.setattr(services.reaping, "GRACE", -services.reaping.GRACE)
    workers["a"].answer(end="failed", code="refused")
    commit(services.reap)
    assert ends(battle) == REFUSED


def test_without_redis_both_are_refused_all_the_same(battle, workers, finish, no_redis):
    assert finish(workers["a"].outcome(status="failed", code="refused"))
    assert ends(battle) == REFUSED


@pytest.mark.django_db(transaction=True)
def test_a_refusal_and_an_answer_at_the_same_moment_end_alike(battle, workers):
    said = [refusal(workers["a"]), workers["b"].answer("All of it.").outcome()]
    at_once(services.finish_generation, said)
    assert ends(battle) == REFUSED
    assert state_of(battle) == BattleState.FAILED
