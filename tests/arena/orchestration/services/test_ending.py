"""Stop, skip and try again."""

from __future__ import annotations

import pytest

from arena.battles.models import Battle, Generation
from arena.battles.states import BattleState, GenerationState, Pacing
from arena.core.errors import Conflict
from arena.core.redis import client
from arena.orchestration import services
from arena.orchestration.services import NotRetryable
from arena.orchestration.services.ending import MOST_ATTEMPTS
from tests.arena.orchestration.working import Worker, fences, kinds, slots, state_of
from tests.inference_worker.making import places


@pytest.fixture
def stop(battle, commit):
    return lambda: commit(services.end_battle, battle=battle, to=BattleState.STOPPED)


@pytest.fixture
def retry(battle, commit):
    return lambda: commit(services.retry_battle, battle=battle)


def test_a_stop_ends_both_sides(battle, workers, stop):
    stop()
    assert state_of(battle) == BattleState.STOPPED
    assert {worker.row.state for worker in workers.values()} == {GenerationState.STOPPED}


def test_a_stop_is_told_to_the_open_pages(battle, stop):
    stop()
    assert kinds(battle) == ["stopped", "stopped"]


@pytest.mark.parametrize("to", [BattleState.SKIPPED, BattleState.EXPIRED])
def test_the_end_of_a_battle_is_told_to_the_open_pages(battle, commit, to):
    commit(services.end_battle, battle=battle, to=to)
    commit(services.end_battle, battle=battle, to=to)
    assert kinds(battle) == ["stopped", "stopped", to]


def test_an_end_that_is_not_committed_is_told_to_nobody(battle):
    services.end_battle(battle=battle, to=BattleState.SKIPPED)
    assert kinds(battle) == []


def test_a_skip_without_redis_ends_the_battle_all_the_same(battle, commit, no_redis):
    commit(services.end_battle, battle=battle, to=BattleState.SKIPPED)
    assert state_of(battle) == BattleState.SKIPPED


def test_a_stop_takes_the_side_from_its_worker(workers, stop):
    workers["a"].start("so far")
    stop()
    assert workers["a"].write("delta", "more") == "lost"


def test_a_stopped_side_that_waits_is_never_claimed(workers, stop):
    stop()
    assert workers["a"].claim() == "lost"


def test_a_stop_clears_the_line(battle, stop):
    stop()
    assert places(client(), fences(battle)) == [None, None]


def test_what_was_written_until_the_stop_is_kept(workers, stop):
    workers["a"].start("A red ", "circle")
    stop()
    assert workers["a"].row.text == "A red circle"


def test_a_side_that_has_ended_keeps_its_answer(battle, workers, stop, commit):
    commit(services.finish_generation, workers["a"].answer("whole").outcome())
    stop()
    assert (workers["a"].row.state, workers["a"].row.text) == ("ended", "whole")
    assert state_of(battle) == BattleState.STOPPED


def test_a_second_stop_changes_nothing(battle, workers, stop):
    stop()
    ended_at = workers["a"].row.ended_at
    stop()
    assert workers["a"].row.ended_at == ended_at
    assert kinds(battle) == ["stopped", "stopped"]


def test_a_stop_without_redis_ends_the_battle_all_the_same(battle, stop, no_redis):
    stop()
    assert state_of(battle) == BattleState.STOPPED


def test_a_retry_puts_stopped_sides_on_their_queue_again(battle, workers, stop, retry):
    stop()
    retry()
    assert state_of(battle) == BattleState.GENERATING
    assert [worker.row.attempt for worker in workers.values()] == [2, 2]
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]


def test_a_retry_has_a_new_fence(workers, stop, retry):
    stop()
    retry()
    assert workers["a"].row.fence != workers["a"].holder.fence
    assert workers["a"].claim() == "lost"


def test_a_retry_keeps_the_answer_that_is_there(battle, workers, stop, retry, commit):
    commit(services.finish_generation, workers["a"].answer("whole").outcome())
    stop()
    retry()
    assert (workers["a"].row.state, workers["a"].row.attempt) == ("ended", 1)
    commit(services.finish_generation, Worker(battle, "b").answer("new").outcome())
    assert state_of(battle) == BattleState.VOTING


class TestOneSide:
    """One side is stopped alone, and the other one goes on."""

    @pytest.fixture
    def stop_a(self, battle, commit):
        return lambda: commit(services.stop_side, battle=battle, side="a")

    def test_the_other_one_goes_on_and_no_vote_opens(self, battle, workers, stop_a, commit):
        workers["a"].start("so far")
        stop_a()
        assert workers["a"].write("delta", "more") == "lost"
        assert state_of(battle) == BattleState.GENERATING
        commit(services.finish_generation, workers["b"].answer("whole").outcome())
        assert state_of(battle) == BattleState.STOPPED
        found = {side: (workers[side].row.state, workers[side].row.text) for side in "ab"}
        assert found == {"a": ("stopped", "so far"), "b": ("ended", "whole")}

    def test_started_again_it_opens_the_vote(self, battle, workers, stop_a, retry, commit):
        commit(services.finish_generation, workers["b"].answer("whole").outcome())
        stop_a()
        assert state_of(battle) == BattleState.STOPPED
        retry()
        assert workers["b"].row.attempt == 1
        commit(services.finish_generation, Worker(battle, "a").answer("new").outcome())
        assert state_of(battle) == BattleState.VOTING

    def test_twice_and_both_in_turn_are_like_a_stop(self, battle, commit, stop_a):
        stop_a()
        stop_a()
        assert state_of(battle) == BattleState.GENERATING
        commit(services.stop_side, battle=battle, side="b")
        assert (state_of(battle), kinds(battle)) == (BattleState.STOPPED, ["stopped", "stopped"])

    def test_nothing_else_is_stopped_by_it(self, battle, workers, stop_a, commit):
        commit(services.stop_side, battle=battle, side="c")
        for side in "ab":
            commit(services.finish_generation, workers[side].answer(side).outcome())
        stop_a()
        assert state_of(battle) == BattleState.VOTING

    def test_a_veiled_battle_would_show_the_other_ones_pace(self, battle, stop_a):
        Battle.objects.update(pacing=Pacing.VEILED)
        with pytest.raises(Conflict):
            stop_a()


class TestVeiled:
    """A retry of a battle whose answers are shown in step."""

    @pytest.fixture(autouse=True)
    def _veil(self, battle):
        Battle.objects.update(pacing=Pacing.VEILED)
        battle.refresh_from_db()

    def test_it_takes_both_sides(self, battle, workers, stop, retry, commit):
        commit(services.finish_generation, workers["a"].answer("whole").outcome())
        stop()
        retry()
        rows = [worker.row for worker in workers.values()]
        assert [(row.state, row.attempt, row.text) for row in rows] == [("queued", 2, "")] * 2

    def test_nothing_that_was_found_in_the_old_answer_is_said_of_the_new(
        self, workers, stop, retry, commit
    ):
        commit(services.finish_generation, workers["a"].answer("I am Zebra-Finch-3B").outcome())
        stop()
        Generation.objects.filter(pk=workers["a"].row.pk).update(betrays=True)
        assert workers["a"].row.length == 7
        retry()
        row = workers["a"].row
        assert (row.betrays, row.length, row.headers, row.lists, row.bold) == (False, *[None] * 4)

    def test_a_late_word_of_the_old_answer_changes_nothing(self, workers, stop, retry, commit):
        late = workers["a"].answer("whole").outcome()
        stop()
        retry()
        assert commit(services.finish_generation, late) is False

    def test_a_battle_that_has_not_failed_is_not_tried_again(self, retry):
        with pytest.raises(NotRetryable):
            retry()


def test_a_retry_clears_what_the_first_try_left(workers, stop, retry):
    workers["a"].start("so far")
    stop()
    retry()
    row = workers["a"].row
    assert (row.text, row.code, row.ended_at) == ("", "", None)


def test_a_failed_battle_is_tried_again(battle, workers, retry, commit):
    outcome = workers["a"].answer(end="failed", code="empty").outcome(status="failed", code="empty")
    commit(services.finish_generation, outcome)
    commit(services.finish_generation, workers["b"].answer("y").outcome())
    retry()
    assert workers["a"].row.state == GenerationState.QUEUED
    assert workers["b"].row.state == GenerationState.ENDED


def test_a_running_battle_is_not_tried_again(retry):
    with pytest.raises(NotRetryable):
        retry()


def test_a_second_retry_is_refused(stop, retry):
    stop()
    retry()
    with pytest.raises(NotRetryable):
        retry()


def test_a_battle_is_not_tried_again_for_ever(battle, workers, stop, retry):
    for _ in range(MOST_ATTEMPTS - 1):
        stop()
        retry()
    stop()
    with pytest.raises(NotRetryable):
        retry()
    assert workers["a"].row.attempt == MOST_ATTEMPTS


def test_nothing_follows_a_skip(battle, commit, retry):
    commit(services.end_battle, battle=battle, to=BattleState.SKIPPED)
    with pytest.raises(NotRetryable):
        retry()
    assert state_of(battle) == BattleState.SKIPPED


def test_both_orders_of_stop_and_last_answer_give_one_end(battle, workers, stop, commit):
    for worker in workers.values():
        commit(services.finish_generation, worker.answer(worker.side).outcome())
    with pytest.raises(Conflict):
        stop()
    assert state_of(battle) == BattleState.VOTING
