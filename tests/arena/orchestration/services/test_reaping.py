"""Every side reaches its end, whatever was killed, lost or repeated."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery import Celery
from django.utils import timezone
from redis.exceptions import RedisError

from arena.battles.models import Battle, Generation
from arena.battles.states import BattleState, GenerationState, Pacing
from arena.catalog.models import VersionHealth
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.orchestration.services import reaping
from inference_worker.wire import keys, leases, presence, stream
from tests.arena.orchestration.working import Worker, fences, kinds, slots, state_of
from tests.factories import make_voter, make_worker
from tests.inference_worker.making import places


@pytest.fixture
def reap(commit, monkeypatch):
    """Look once, with Redis long up and every voter at the page."""
    monkeypatch.setattr(presence, "remembers_voters", lambda _redis: True)

    def look(*, here=True):
        for battle in Battle.objects.all():
            if here:
                presence.voter_here(client(), battle.public_id)
        return commit(services.reap)

    return look


@pytest.fixture
def waiting(battle):
    """A message lies on the queue, as it does while every worker is busy."""
    client().rpush("inference", "somebody else's")
    return battle


def earlier(**ago):
    """As if both sides had been submitted, and queued, so long ago."""
    then = timezone.now() - timedelta(**ago)
    Generation.objects.update(submitted_at=then, queued_at=then)


def later(monkeypatch):
    """As if the callbacks were overdue."""
    monkeypatch.setattr(reaping, "GRACE", timedelta(0))


def rows():
    return list(Generation.objects.order_by("side"))


def test_it_says_how_many_sides_it_looked_at(battle, reap):
    assert reap() == 2


def test_without_battles_there_is_nothing_to_do(reap):
    assert reap() == 0


def test_a_battle_that_can_not_be_ended_costs_no_other_its_end(reap, monkeypatch):
    ended = []

    def end(public_id):
        assert public_id != "broken"
        ended.append(public_id)

    stale = [Battle(public_id="broken"), Battle(public_id="stale")]
    monkeypatch.setattr(reaping, "end_battle", lambda battle, **_: end(battle.public_id))
    monkeypatch.setattr(reaping.reading, "stale_battles", lambda _now: stale)
    monkeypatch.setattr(reaping.outcomes, "settle_battle", end)
    held = SimpleNamespace(values_list=lambda *_, **__: ["broken", "held"])
    monkeypatch.setattr(reaping.reading, "held_battles", lambda: held)
    services.expire_battles(), reap()
    assert ended == ["stale", "held"]


def test_a_side_that_has_just_been_submitted_is_left_alone(battle, reap):
    fences = [row.fence for row in rows()]
    client().flushall()
    reap()
    assert [row.fence for row in rows()] == fences


def test_a_side_without_a_slot_begins_anew_under_a_new_fence(battle, reap):
    old = rows()
    client().flushall()
    earlier(seconds=5)
    reap()
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]
    assert not {row.fence for row in rows()} & {row.fence for row in old}
    assert rows()[0].fence != old[0].fence


def test_a_side_that_no_worker_ever_held_has_used_up_no_try(battle, reap):
    for _ in range(5):
        client().flushall()
        earlier(seconds=5)
        reap()
    assert [(row.attempt, row.state) for row in rows()] == [(1, "queued"), (1, "queued")]


def test_a_running_side_that_redis_forgot_has_used_up_a_try(workers, reap):
    workers["a"].start("so far")
    reap()
    client().flushall()
    earlier(seconds=5)
    reap()
    assert [(row.attempt, row.state) for row in rows()] == [(2, "queued"), (1, "queued")]


def test_after_a_flush_in_mid_battle_both_sides_answer_and_the_vote_opens(
    battle, workers, reap, commit
):
    workers["a"].start("lost")
    reap()
    client().flushall()
    earlier(seconds=60)
    reap()
    for side in "ab":
        commit(services.finish_generation, Worker(battle, side).answer(side).outcome())
    assert state_of(battle) == BattleState.VOTING


def test_what_redis_forgot_is_not_taken_for_deserted(battle, workers, reap):
    for worker in workers.values():
        worker.start("so far")
    reap()
    client().flushall()
    earlier(seconds=60)
    reap(here=False)
    assert state_of(battle) == BattleState.GENERATING


def test_a_side_that_waits_in_line_is_left_alone(waiting, reap):
    earlier(seconds=30)
    before = client().llen("inference")
    reap()
    assert client().llen("inference") == before
    assert [row.state for row in rows()] == ["queued", "queued"]


def test_a_side_that_nobody_took_is_submitted_again_at_its_old_place(waiting, reap, settings):
    earlier(seconds=settings.QUEUE_SECONDS + 1)
    old, before = rows(), client().llen("inference")
    reap()
    assert client().llen("inference") == before + 2
    assert [row.fence for row in rows()] == [row.fence for row in old]
    assert places(client(), fences(waiting)[:1]) == [0]


def test_a_side_is_submitted_again_once_per_deadline(waiting, reap, settings):
    earlier(seconds=settings.QUEUE_SECONDS + 1)
    reap()
    before = client().llen("inference")
    reap()
    assert client().llen("inference") == before


def test_a_second_delivery_finds_the_side_held(waiting, workers, reap, settings):
    earlier(seconds=settings.QUEUE_SECONDS + 1)
    reap()
    workers["a"].start()
    assert Worker(waiting, "a", owner="delivery-2").claim() == "held"


def test_a_side_that_waited_too_long_fails_as_overloaded(waiting, reap, settings):
    earlier(seconds=settings.QUEUE_GIVE_UP_SECONDS + 1)
    reap()
    assert [(row.state, row.code) for row in rows()] == [("failed", "overloaded")] * 2
    assert state_of(waiting) == BattleState.FAILED
    assert kinds(waiting) == ["failed", "failed"]


def test_a_side_that_never_reached_redis_gives_up_too(battle, reap, settings):
    client().flushall()
    earlier(seconds=settings.QUEUE_GIVE_UP_SECONDS + 1)
    reap()
    assert [(row.state, row.code) for row in rows()] == [("failed", "overloaded")] * 2


def test_a_claimed_side_with_a_lease_is_running(workers, reap):
    workers["a"].start("so far")
    reap()
    assert [row.state for row in rows()] == ["running", "queued"]


def test_a_running_side_with_a_lease_is_left_alone(workers, reap):
    workers["a"].start("so far")
    earlier(seconds=3600)
    reap()
    reap()
    assert workers["a"].write("delta", "more") == "ok"


def test_a_running_side_with_a_lease_takes_no_lock(
    battle, workers, reap, django_assert_num_queries
):
    for worker in workers.values():
        worker.start()
    reap()
    with django_assert_num_queries(3):
        services.reap()


def test_a_side_whose_worker_died_begins_its_second_attempt(battle, workers, reap):
    workers["a"].start("half an ans")
    workers["a"].die()
    reap()
    row = rows()[0]
    assert (row.state, row.attempt, row.text) == ("queued", 2, "")
    assert slots(battle)[0].state == "queued"


def test_a_worker_that_was_only_stalled_can_write_no_more(workers, reap):
    workers["a"].start("half")
    workers["a"].die()
    reap()
    assert workers["a"].write("delta", "late") == "lost"
    assert leases.renew(client(), [workers["a"].holder]) == ["lost"]


def test_the_second_attempt_waits_in_the_queue_from_its_own_start(workers, reap, settings):
    workers["a"].start("half")
    earlier(seconds=settings.QUEUE_GIVE_UP_SECONDS + 1)
    workers["b"].start()
    workers["a"].die()
    reap()
    reap()
    assert rows()[0].state == "queued"


def test_after_the_last_attempt_the_side_fails_as_lost(battle, workers, reap):
    workers["a"].start()
    workers["a"].die()
    reap()
    second = Worker(battle, "a").start("again")
    second.die()
    reap()
    assert (rows()[0].state, rows()[0].code) == ("failed", "lost")
    assert second.write("delta", "late") == "lost"


def test_a_poisonous_question_kills_two_workers_and_no_more(battle, workers, reap):
    for _ in range(6):
        for worker in (Worker(battle, side) for side in "ab"):
            if worker.claim() == "ok":
                worker.die()
        reap()
    assert [row.attempt for row in rows()] == [2, 2]
    assert state_of(battle) == BattleState.FAILED


def test_a_callback_under_way_is_waited_for(workers, reap):
    workers["a"].answer("whole")
    reap()
    assert rows()[0].state == "queued"


def test_an_answer_without_a_callback_is_stored_from_the_stream(workers, reap, monkeypatch):
    workers["a"].answer("A red ", "circle.")
    later(monkeypatch)
    reap()
    assert (rows()[0].state, rows()[0].text) == ("ended", "A red circle.")


@pytest.mark.parametrize("finish", ["length", "repetition"])
def test_an_answer_that_was_cut_is_stored_so_from_the_stream(workers, reap, monkeypatch, finish):
    workers["a"].answer("A red circle.", code=finish)
    later(monkeypatch)
    reap()
    assert (rows()[0].state, rows()[0].code, rows()[0].finish) == ("ended", "", finish)


def test_an_end_that_no_worker_says_counts_as_a_usual_one(workers, reap, monkeypatch):
    workers["a"].answer("A red circle.", code="refused")
    later(monkeypatch)
    reap()
    assert (rows()[0].state, rows()[0].code, rows()[0].finish) == ("ended", "", "stop")


def test_answers_without_callbacks_open_the_vote(battle, workers, reap, monkeypatch):
    for worker in workers.values():
        worker.answer(worker.side)
    later(monkeypatch)
    reap()
    assert state_of(battle) == BattleState.VOTING


def test_the_callback_that_comes_after_the_reaper_changes_nothing(
    workers, reap, commit, monkeypatch
):
    workers["a"].answer("from the stream")
    later(monkeypatch)
    reap()
    assert not commit(services.finish_generation, workers["a"].outcome(text="late"))
    assert rows()[0].text == "from the stream"


def test_the_reaper_that_comes_after_the_callback_changes_nothing(
    workers, reap, commit, monkeypatch
):
    workers["a"].answer("x")
    commit(services.finish_generation, workers["a"].outcome())
    later(monkeypatch)
    reap()
    assert rows()[0].tokens == 7


def test_a_failure_without_a_callback_keeps_its_code(workers, reap, monkeypatch):
    workers["a"].answer(end="failed", code="refused")
    later(monkeypatch)
    reap()
    assert (rows()[0].state, rows()[0].code) == ("failed", "refused")


def test_only_the_valid_attempts_text_is_stored(battle, workers, reap, monkeypatch):
    workers["a"].start("first try")
    workers["a"].die()
    reap()
    Worker(battle, "a").answer("second try")
    later(monkeypatch)
    reap()
    assert rows()[0].text == "second try"


@pytest.mark.parametrize("minutes", [-60, 60])
def test_a_clock_that_is_off_changes_nothing(workers, reap, monkeypatch, minutes):
    workers["a"].answer("x")
    now = timezone.now() + timedelta(minutes=minutes)
    Generation.objects.update(submitted_at=now, queued_at=now)
    monkeypatch.setattr(timezone, "now", lambda: now)
    later(monkeypatch)
    reap()
    assert rows()[0].state == "ended"


def test_a_battle_whose_voter_left_is_stopped(battle, workers, reap):
    workers["a"].start("so far")
    earlier(seconds=60)
    reap(here=False)
    assert state_of(battle) == BattleState.STOPPED
    assert workers["a"].write("delta", "more") == "lost"
    assert rows()[0].text == "so far"


@pytest.mark.parametrize("pacing", [Pacing.LIVE, Pacing.VEILED])
def test_open_pages_hear_that_the_arena_stopped_and_not_the_voter(battle, reap, commit, pacing):
    Battle.objects.update(pacing=pacing)
    earlier(seconds=60)
    reap(here=False)
    assert [(row.state, row.code) for row in rows()] == [("stopped", "absent")] * 2
    said = stream.read(client(), battle.public_id)
    assert {(event.kind, event.text) for event in said} == {("stopped", "absent")}
    commit(services.retry_battle, battle=battle)
    assert [row.code for row in rows()] == ["", ""]


def test_a_voter_on_the_way_to_the_page_is_waited_for(battle, reap):
    reap(here=False)
    assert state_of(battle) == BattleState.GENERATING


def test_a_voter_who_is_here_is_not_stopped(battle, workers, reap):
    workers["a"].start()
    workers["b"].start()
    earlier(seconds=500)
    reap(here=True)
    assert state_of(battle) == BattleState.GENERATING


def test_without_redis_the_reaper_says_so_and_changes_nothing(battle, reap, monkeypatch, no_redis):
    with pytest.raises(RedisError):
        services.reap()
    assert [row.state for row in rows()] == ["queued", "queued"]


def test_a_battle_that_began_without_redis_goes_on_when_it_is_back(
    models, picture, commit, reap, monkeypatch, no_redis
):
    question = services.BattleInput(picture=picture, prompt="?")
    battle = commit(services.start_battle, voter=make_voter(), question=question)
    monkeypatch.setattr(dispatch, "client", client)
    assert slots(battle)[0].state == ""
    earlier(seconds=5)
    reap()
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]


def test_a_side_whose_message_could_not_be_sent_has_no_slot(
    models, picture, commit, monkeypatch, unused_tcp_port, reap
):
    away = Celery(broker=f"redis://127.0.0.1:{unused_tcp_port}/0", set_as_current=False)
    away.conf.update(broker_connection_timeout=0.05)
    monkeypatch.setattr(dispatch, "current_app", away)
    question = services.BattleInput(picture=picture, prompt="?")
    battle = commit(services.start_battle, voter=make_voter(), question=question)
    assert [slot.state for slot in slots(battle)] == ["", ""]
    assert places(client(), fences(battle)) == [None, None]


@pytest.fixture
def retired(monkeypatch):
    """The only worker has gone; Redis is long up."""
    monkeypatch.setattr(presence, "remembers_workers", lambda _redis: True)
    client().delete(keys.worker("heron"))


def look_again():
    """As if the reaper had come by a while ago."""
    for queue in client().keys(f"{dispatch.UNSERVED}*"):
        client().pexpire(queue, dispatch._UNSERVED_MS - dispatch._LATE_MS - 1)


def test_nobody_waits_on_a_queue_that_nobody_serves(waiting, reap, retired):
    reap()
    assert [row.state for row in rows()] == ["queued", "queued"]  # a report may just be late
    look_again()
    reap()
    assert [(row.state, row.code) for row in rows()] == [("failed", "unavailable")] * 2
    assert state_of(waiting) == BattleState.FAILED
    assert kinds(waiting) == ["failed", "failed"]
    assert not VersionHealth.objects.exists()


def test_a_worker_that_comes_back_finds_its_sides_waiting(waiting, reap, retired):
    reap()
    look_again()
    make_worker()
    reap()
    client().delete(keys.worker("heron"))
    reap()
    assert [row.state for row in rows()] == ["queued", "queued"]


def test_a_side_that_is_answered_still_is_left_to_its_worker(workers, reap, retired):
    for worker in workers.values():
        worker.start("so far")
    reap()
    look_again()
    reap()
    assert [row.state for row in rows()] == ["running", "running"]
    workers["a"].die()
    reap()
    assert [(row.state, row.code) for row in rows()] == [
        ("failed", "unavailable"),
        ("running", ""),
    ]


def test_a_redis_that_lost_all_reports_fails_nobody(waiting, reap, monkeypatch):
    monkeypatch.setattr(presence, "remembers_workers", lambda _redis: False)
    client().delete(keys.worker("heron"))
    reap()
    look_again()
    reap()
    assert [row.state for row in rows()] == ["queued", "queued"]


def test_one_side_that_cannot_be_looked_after_costs_no_other_its_end(
    battle, workers, reap, monkeypatch, caplog
):
    for worker in workers.values():
        worker.answer("x")
    Generation.objects.filter(side="b").update(submitted_at=None)
    client().delete(keys.slot(keys.address(fences(battle)[1])))
    later(monkeypatch)
    assert reap() == 2
    assert "can't be looked after" in caplog.text


def test_two_reapers_at_once_are_one(battle, workers, reap, commit):
    workers["a"].start()
    workers["a"].die()
    stale = list(services.reaping.reading.live_generations())
    reap()
    for generation in stale:
        commit(services.outcomes.begin_next_attempt, generation, counted=True)
    assert rows()[0].attempt == 2


@pytest.mark.parametrize(
    "state", [BattleState.GENERATING, BattleState.VOTING, BattleState.FAILED, BattleState.STOPPED]
)
def test_a_battle_that_nobody_finished_expires(battle, commit, settings, state):
    old = timezone.now() - timedelta(minutes=settings.BATTLE_MINUTES + 1)
    Battle.objects.update(state=state, created_at=old)
    Generation.objects.update(queued_at=old)
    assert commit(services.expire_battles) == 1
    assert state_of(battle) == BattleState.EXPIRED


@pytest.mark.parametrize("state", [BattleState.VOTED, BattleState.SKIPPED])
def test_a_battle_that_is_over_does_not_expire(battle, commit, settings, state):
    old = timezone.now() - timedelta(minutes=settings.BATTLE_MINUTES + 1)
    Battle.objects.update(state=state, created_at=old)
    Generation.objects.update(queued_at=old)
    assert commit(services.expire_battles) == 0
    assert state_of(battle) == state


def test_a_young_battle_does_not_expire(battle, commit):
    assert commit(services.expire_battles) == 0


def test_an_expired_side_is_taken_from_its_worker(battle, workers, commit, settings):
    workers["a"].start("so far")
    Battle.objects.update(created_at=timezone.now() - timedelta(days=1))
    Generation.objects.update(queued_at=timezone.now() - timedelta(days=1))
    commit(services.expire_battles)
    assert workers["a"].write("delta", "more") == "lost"
    assert rows()[0].state == GenerationState.STOPPED


def test_a_veiled_battle_opens_its_vote_once_its_answers_have_been_shown(
    battle, workers, commit, reap
):
    Battle.objects.update(pacing=Pacing.VEILED)
    for side, worker in workers.items():
        commit(services.finish_generation, worker.answer(f"I am {side}.").outcome())
    reap()
    assert state_of(battle) == BattleState.GENERATING
    with pytest.raises(services.NotVotable):
        services.cast_vote(voter=battle.voter_id, public_id=battle.public_id, choice="a")
    asked = timezone.now() - timedelta(seconds=60)
    Generation.objects.update(queued_at=asked, ended_at=asked)
    reap()
    assert state_of(battle) == BattleState.VOTING
    assert kinds(battle)[-1] == "voting_opened"
