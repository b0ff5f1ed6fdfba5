"""How an attempt ends: once, and only for who holds its fence."""

from __future__ import annotations

import pytest
from django.db import connection

from arena.battle_pages import selectors as pages
from arena.battles.models import Battle, Generation, Turn
from arena.battles.selectors import reading
from arena.battles.states import BattleState, GenerationState
from arena.catalog.models import ModelVersion
from arena.core.redis import client
from arena.orchestration import services
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.at_once import at_once
from tests.arena.orchestration.working import Worker, kinds, state_of
from tests.factories import (
    ballot,
    make_battle_row,
    make_card,
    make_generation,
    make_models,
    make_turn,
)


@pytest.fixture
def finish(commit):
    return lambda outcome: commit(services.finish_generation, outcome)


@pytest.mark.parametrize("reason", ["stop", "length", "repetition"])
def test_an_answer_is_stored_with_its_figures(workers, finish, reason):
    worker = workers["a"].answer("A red ", "circle.")
    assert finish(worker.outcome(finish=reason))
    row = worker.row
    assert (row.state, row.text, row.finish) == ("ended", "A red circle.", reason)
    assert (row.tokens, row.first_text_ms, row.total_ms, row.worker) == (7, 12, 345, "heron")


def test_an_answer_keeps_counts_of_its_style(workers, finish):
    worker = workers["a"].answer("# Head\n- **one**")
    finish(worker.outcome())
    row = worker.row
    assert (row.length, row.headers, row.lists, row.bold) == (8, 1, 1, 1)


def test_an_answer_that_failed_has_no_counts(workers, finish):
    worker = workers["a"].answer("Half of")
    finish(worker.outcome(status="failed", code="timeout"))
    assert worker.row.length is None


def test_one_answer_does_not_open_the_vote(battle, workers, finish):
    finish(workers["a"].answer("x").outcome())
    assert state_of(battle) == BattleState.GENERATING
    assert "voting_opened" not in kinds(battle)


def test_both_answers_open_the_vote_and_say_so_once(answered):
    assert answered.state == BattleState.VOTING
    assert kinds(answered).count("voting_opened") == 1


def test_a_failed_answer_fails_the_battle_when_both_are_over(battle, workers, finish):
    finish(workers["a"].answer("x", end="failed", code="timeout").outcome(status="failed"))
    assert state_of(battle) == BattleState.GENERATING
    finish(workers["b"].answer("y").outcome())
    assert state_of(battle) == BattleState.FAILED
    assert "voting_opened" not in kinds(battle)


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_a_failure_keeps_its_code(workers, finish, code):
    finish(workers["a"].answer(end="failed", code=code).outcome(status="failed", code=code))
    assert (workers["a"].row.state, workers["a"].row.code) == ("failed", code)


def test_a_failure_without_a_code_becomes_internal(workers, finish):
    finish(workers["a"].answer(end="failed").outcome(status="failed", code=""))
    assert workers["a"].row.code == "internal"


def test_an_answer_has_no_code(workers, finish):
    finish(workers["a"].answer("x").outcome(code="timeout"))
    assert workers["a"].row.code == ""


def test_a_repeated_callback_changes_nothing(workers, finish):
    worker = workers["a"].answer("first")
    assert finish(worker.outcome())
    assert not finish(worker.outcome(text="second", tokens=99))
    assert (worker.row.text, worker.row.tokens) == ("first", 7)


def test_a_callback_that_comes_twice_opens_the_vote_once(answered, workers, finish):
    assert not finish(workers["a"].outcome())
    assert kinds(answered).count("voting_opened") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"fence": "guessed"},
        {"fence": ""},
        {"side": "c"},
        {"side": ""},
        {"stream": "another-battle"},
        {"status": "lost"},
    ],
)
def test_who_does_not_hold_the_fence_changes_nothing(battle, workers, finish, change):
    assert not finish(workers["a"].answer("x").outcome(**change))
    assert workers["a"].row.state == GenerationState.QUEUED


def test_the_fence_of_one_side_does_not_open_the_other(workers, finish):
    assert not finish(workers["a"].outcome(side="b"))
    assert workers["b"].row.state == GenerationState.QUEUED


def test_the_fence_of_another_battle_opens_nothing(workers, finish):
    other = make_turn(make_battle_row())
    version = make_models("other")[0]
    make_generation(other, "a", version, state=GenerationState.QUEUED, fence="its own", text="")
    assert not finish(workers["a"].outcome(stream=other.battle.public_id))


@pytest.mark.parametrize("to", [BattleState.STOPPED, BattleState.SKIPPED, BattleState.EXPIRED])
def test_a_callback_after_the_end_changes_nothing(battle, workers, finish, commit, to):
    workers["a"].start("so far")
    commit(services.end_battle, battle=battle, to=to)
    assert not finish(workers["a"].outcome(text="too late"))
    assert (state_of(battle), workers["a"].row.state) == (to, GenerationState.STOPPED)


def test_a_callback_of_an_older_attempt_changes_nothing(battle, workers, finish, commit):
    workers["a"].start("so far")
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    commit(services.retry_battle, battle=battle)
    assert not finish(workers["a"].outcome(text="too late"))
    assert workers["a"].row.state == GenerationState.QUEUED


@pytest.mark.parametrize(
    ("text", "betrays"),
    [
        ("I am Zebra-Finch-3b.", True),
        ("As zebra-finch-3b, I see", True),
        ("As Quetzal-Vision-7B, I see", True),
        ("I am Zebra-F**in**ch&#45;3b.", True),
        ("I was made by OpenAI.", False),
        ("A zebra finch on a branch.", False),
    ],
)
def test_an_answer_that_names_one_of_both_models_is_flagged_and_kept(
    workers, finish, text, betrays
):
    finish(workers["a"].answer(text).outcome())
    finish(workers["b"].answer("A bird.").outcome())
    assert (workers["a"].row.text, workers["a"].row.betrays) == (text, betrays)
    assert not workers["b"].row.betrays


@pytest.mark.parametrize(
    "field", [{"prompt": "Is Zebra-Finch a good name?"}, {"sample": "text-02"}]
)
def test_a_name_that_both_models_were_given_is_no_leak(battle, workers, finish, field, monkeypatch):
    about = {"text-02": {"alt": "The words Zebra-Finch on paper"}}
    monkeypatch.setattr("arena.battles.selectors.samples.shipped_samples", lambda: about)
    Turn.objects.filter(battle=battle).update(**field)
    finish(workers["a"].answer("I am Zebra-Finch.").outcome())
    finish(workers["b"].answer("A bird.").outcome())
    assert not workers["a"].row.betrays


def test_what_both_were_given_is_read_before_a_row_is_locked(battle, workers, finish, monkeypatch):
    """A drawn sample's text stands in Redis: nobody who waits for the row should wait for it."""
    depths = []

    def redis():
        depths.append(len(connection.savepoint_ids))
        return client()

    Turn.objects.filter(battle=battle).update(sample="drawn-0123456789abcdef01234567")
    outside = len(connection.savepoint_ids)
    monkeypatch.setattr("arena.battles.selectors.samples.client", redis)
    finish(workers["a"].answer("x").outcome())
    finish(workers["b"].answer("y").outcome())
    assert depths == [outside, outside]


def test_the_name_of_a_model_outside_the_battle_is_no_leak(workers, finish):
    """Only both models of the battle can be told apart by a name."""
    make_card("fastvlm-7b", name="FastVLM 7B", organization="Apple", state="draft")
    finish(workers["a"].answer("A red apple and a green pear. I am FastVLM 7B.").outcome())
    finish(workers["b"].answer("Fruit.").outcome())
    assert not workers["a"].row.betrays


def test_text_that_a_database_refuses_is_made_storable(workers, finish):
    finish(workers["a"].answer("x").outcome(text="nul \0 and half \ud83d of a pair"))
    assert workers["a"].row.text == "nul  and half \ufffd of a pair"


@pytest.mark.django_db(transaction=True)
def test_both_callbacks_and_their_repetitions_at_once_open_the_vote_once(battle):
    outcomes = [Worker(battle, side).answer(side).outcome() for side in "ab"] * 6
    taken = at_once(services.finish_generation, outcomes)
    assert (sum(taken), Battle.objects.get().state) == (2, BattleState.VOTING)
    assert kinds(battle).count("voting_opened") == 1


def test_without_redis_the_answers_are_stored_and_the_vote_opens(battle, workers, commit, no_redis):
    for side in "ab":
        assert commit(services.finish_generation, workers[side].outcome(text=side))
    assert state_of(battle) == BattleState.VOTING
    assert list(Generation.objects.values_list("text", flat=True)) == ["a", "b"]


TRACE = "The secret thought of a heron."
PLACE = {"label": "a cat", "kind": "box", "coordinates": [0.1, 0.2, 0.3, 0.4], "end": 5}


@pytest.fixture
def pointed(battle, workers, commit):
    """Both sides have reasoned and pointed, at one thing that can be drawn and one that can't."""
    Battle.objects.update(conditions={**battle.conditions, "max_reasoning_tokens": 100})
    options = '{"grounding":"qwen_vl"}'
    ModelVersion.objects.update(options=options)
    bad = {**PLACE, "coordinates": [0.3, 0.2, 0.1, 2.0]}
    for side, worker in workers.items():
        worker.start()
        worker.write("reasoning", TRACE)
        worker.write("delta", f"a cat, {side}")
        worker.write("ended")
        told = worker.outcome(reasoning=TRACE, reasoning_tokens=9, places=(PLACE, bad))
        commit(services.finish_generation, told)
    return battle


def test_trace_and_places_are_stored_and_what_cannot_be_drawn_is_not(pointed):
    for row in Generation.objects.all():
        assert (row.reasoning, row.reasoning_tokens) == (TRACE, 9)
        assert [place["label"] for place in row.detections] == ["a cat"]
        assert TRACE not in row.text


def test_the_trace_is_shown_after_the_vote_and_not_before(pointed, commit):
    sides = reading.generations_of(pointed)
    assert TRACE not in f"{pages.panes(pointed, sides)} {pages.conversation(pointed, sides)}"
    commit(services.cast_vote, **ballot(pointed), choice="a")
    told = pages.reveal(reading.voted_answers(pointed.voter_id, pointed.public_id), "a")
    assert [side["traces"] for side in told] == [[{"text": TRACE, "tokens": 9}]] * 2
