"""A side that fails before its first word is given to another model, and nobody sees the first."""

from __future__ import annotations

import pytest

from arena.battles.models import Battle, DrawPlan, SideReplacement, Vote
from arena.battles.states import BattleState
from arena.catalog.models import ModelVersion, VersionHealth
from arena.core.redis import client
from arena.orchestration import services
from arena.orchestration.services import outcomes, reap
from inference_worker.wire import keys
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.orchestration.conftest import SLUGS
from tests.arena.orchestration.working import Worker, kinds, state_of
from tests.factories import ballot, make_card, make_models, make_version, make_worker

FAILED = [code for code in FAILURE_CODES if code != "refused"]


@pytest.fixture
def finish(commit):
    return lambda outcome: commit(services.finish_generation, outcome)


@pytest.fixture
def third():
    """A model that may stand in."""
    [version] = make_models("heron-7b")
    return version


def fail(worker, finish, code="unavailable", *said):
    worker.answer(*said, end="failed", code=code)
    return finish(worker.outcome(status="failed", code=code))


@pytest.fixture
def drawn(models, third, battle):
    """Both sides of the battle, whichever two of the three were drawn."""
    return {side: Worker(battle, side) for side in "ab"}


@pytest.mark.parametrize("code", FAILED)
def test_a_side_that_failed_without_a_word_goes_to_another_model(drawn, battle, finish, code):
    first, other = drawn["a"].row.version, drawn["b"].row.version
    fail(drawn["a"], finish, code)
    row = drawn["a"].row
    assert row.version not in (first, other)
    assert (row.state, row.attempt, row.code, row.last_attempt) == ("queued", 2, "", 3)
    assert state_of(battle) == BattleState.GENERATING
    stored = SideReplacement.objects.get()
    assert (stored.failed, stored.chosen, stored.code) == (first, row.version, code)
    assert (stored.attempt, stored.draw_policy) == (1, "uniform")
    assert stored.draw_probability == pytest.approx(1 / 3)
    assert kinds(battle).count("failed") == 1  # its worker's, which pages pass over
    assert VersionHealth.objects.get().version == first


def test_the_vote_names_the_models_that_were_shown(drawn, battle, finish):
    first = drawn["a"].row.version
    fail(drawn["a"], finish)
    second = Worker(battle, "a")
    for worker in (second, drawn["b"]):
        finish(worker.answer(f"One, says {worker.side}.").outcome())
    assert state_of(battle) == BattleState.VOTING
    services.cast_vote(**ballot(battle), choice="a")
    vote = Vote.objects.get()
    assert {vote.version_a, vote.version_b} == {second.row.version, drawn["b"].row.version}
    assert first not in {vote.version_a, vote.version_b}


def test_the_stored_probability_is_that_of_the_pair_that_was_shown(commit, models, third, battle):
    """Of three, one of which fails, the other two are always shown in the end."""
    worker = Worker(battle, "a")
    worker.answer(end="failed", code="timeout")
    commit(services.finish_generation, worker.outcome(status="failed", code="timeout"))
    battle.refresh_from_db()
    assert (battle.draw_policy, battle.draw_probability) == ("uniform", pytest.approx(1.0))


def test_the_other_model_is_drawn_by_the_plan(commit, models, third, battle):
    [fourth] = make_models("egret-7b")
    worker, kept = Worker(battle, "a"), Worker(battle, "b").row.version.card.slug
    gone = worker.row.version.card.slug
    [spare] = {*SLUGS, "heron-7b"} - {gone, kept}
    rows = [[gone, kept, 0.5], [kept, fourth.card.slug, 0.3], [kept, spare, 0.2]]
    DrawPlan.objects.create(policy="a_optimal", pairs=rows)
    worker.answer(end="failed", code="timeout")
    commit(services.finish_generation, worker.outcome(status="failed", code="timeout"))
    battle.refresh_from_db()
    expected = {fourth.card.slug: 0.3 + 0.5 * 0.6, spare: 0.2 + 0.5 * 0.4}
    assert battle.draw_policy == "a_optimal"
    assert battle.draw_probability == pytest.approx(expected[worker.row.version.card.slug])


def test_a_side_that_had_begun_fails_as_ever(drawn, battle, finish):
    fail(drawn["a"], finish, "unavailable", "One word")
    assert drawn["a"].row.state == "failed"
    assert not SideReplacement.objects.exists()


def test_a_question_that_is_refused_goes_to_nobody_else(drawn, battle, finish):
    fail(drawn["a"], finish, "refused")
    assert state_of(battle) == BattleState.FAILED
    assert not SideReplacement.objects.exists()


def test_with_two_models_the_side_fails_and_pages_hear_of_it_from_the_site(battle, workers, finish):
    fail(workers["a"], finish)
    assert workers["a"].row.state == "failed"
    assert kinds(battle).count("failed") == 2  # the worker's, which pages pass over, and the site's


@pytest.mark.parametrize("out", ["paused", "retired", "no worker", "out of the draw"])
def test_only_a_model_that_can_answer_now_stands_in(drawn, battle, finish, out):
    busy = [worker.row.version_id for worker in drawn.values()]
    spare = ModelVersion.objects.select_related("card").exclude(pk__in=busy).get()
    if out in ("paused", "retired"):
        spare.card.state = out
        spare.card.save()
    elif out == "no worker":
        spare.card.queue = "gpu"
        spare.card.save()
    else:
        VersionHealth.objects.create(version=spare, state="out")
    fail(drawn["a"], finish)
    assert drawn["a"].row.state == "failed"


def test_both_sides_may_be_given_to_others_until_it_is_enough(models, third, commit, battle):
    make_models("egret-7b", "kestrel-7b", "newt-7b")
    for side in "abab":
        worker = Worker(battle, side)
        worker.answer(end="failed", code="unavailable")
        commit(services.finish_generation, worker.outcome(status="failed", code="unavailable"))
    assert SideReplacement.objects.count() == 3
    failed = {stored.failed_id for stored in SideReplacement.objects.all()}
    assert len(failed) == 3
    assert Worker(battle, "b").row.state == "failed"


def test_a_side_whose_workers_died_before_a_word_goes_to_another_model(drawn, battle, commit):
    first = drawn["a"].row.version
    for _ in range(2):
        worker = Worker(battle, "a")
        worker.start()
        worker.die()
        commit(reap)
    assert drawn["a"].row.version != first
    assert SideReplacement.objects.get().failed == first


def test_a_side_whose_worker_died_after_a_word_does_not(drawn, battle, commit):
    first = drawn["a"].row.version
    for _ in range(2):
        worker = Worker(battle, "a")
        worker.start("Half a")
        worker.die()
        commit(reap)
    assert (drawn["a"].row.version, drawn["a"].row.state) == (first, "failed")


def test_a_retry_goes_on_with_the_model_that_stood_in(drawn, battle, finish, commit):
    fail(drawn["a"], finish)
    second = Worker(battle, "a")
    fail(second, finish, "unavailable", "One word")
    finish(drawn["b"].answer("All.").outcome())
    assert state_of(battle) == BattleState.FAILED
    commit(services.retry_battle, battle=Battle.objects.get(pk=battle.pk))
    assert Worker(battle, "a").row.version == second.row.version


def test_a_second_callback_of_the_failed_attempt_changes_nothing(drawn, battle, finish):
    failed = (
        drawn["a"].answer(end="failed", code="internal").outcome(status="failed", code="internal")
    )
    assert finish(failed)
    assert not finish(failed)
    assert SideReplacement.objects.count() == 1


def test_a_worker_that_comes_back_from_the_first_model_can_write_nothing(drawn, battle, finish):
    fail(drawn["a"], finish)
    assert drawn["a"].write("delta", "late") == "lost"
    assert client().exists(drawn["a"].holder.keys[0]) == 0


def test_the_queue_of_the_other_model_is_the_one_that_is_asked(models, commit, battle):
    make_worker("gpu", name="newt")
    make_version(make_card("newt-7b", queue="gpu"))
    worker = Worker(battle, "a")
    worker.answer(end="failed", code="unavailable")
    commit(services.finish_generation, worker.outcome(status="failed", code="unavailable"))
    assert worker.row.version.card.queue == "gpu"
    assert client().llen("gpu") == 1


def test_a_side_that_goes_to_another_queue_frees_its_place_in_line(models, commit, battle):
    make_worker("gpu", name="newt")
    make_version(make_card("newt-7b", queue="gpu"))
    commit(outcomes.give_up, Worker(battle, "a").row, "unavailable", begun=False)
    assert Worker(battle, "a").queue == "gpu"
    lengths = [client().zcard(keys.queue(queue)) for queue in ("inference", "gpu")]
    assert lengths == [1, 1]
