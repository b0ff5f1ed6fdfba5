"""How an attempt ended: by the worker's callback, or by the reaper where that got lost."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from arena.battles import dispatch, selectors
from arena.battles.models import Battle, Generation
from arena.battles.services.rows import (
    end,
    enqueue,
    lock_battle,
    lock_generations,
    refuse,
    settle,
)
from arena.battles.states import GENERATION_TRANSITIONS, LIVE_GENERATIONS, GenerationState
from arena.catalog import services as catalog
from arena.catalog.states import LOST
from arena.core.state_table import transition
from arena.core.style import measure
from inference_worker.wire.messages import FAILURE_CODES, FailureCode, Outcome
from inference_worker.wire.texts import writable


def finish_generation(outcome: Outcome) -> bool:
    """Store how an attempt ended; False for one that is not the side's valid attempt any more.

    Whoever comes second changes nothing. When both sides ended well the vote opens. What both were
    given is read first: a sample's text stands in Redis, for which no locked row should wait.
    """
    given = selectors.words_given(outcome.stream)
    return _finish(outcome, given)


@transaction.atomic
def _finish(outcome: Outcome, given: str) -> bool:
    battle = Battle.objects.select_for_update().filter(public_id=outcome.stream).first()
    if battle is None or outcome.status == "lost":
        return False
    generations = lock_generations(battle)
    generation = next((row for row in generations if row.side == outcome.side), None)
    if (
        generation is None
        or generation.fence != outcome.fence
        or generation.state not in LIVE_GENERATIONS
    ):
        return False
    _record(generation, outcome)
    if generation.code == "refused":
        _refuse_other(generations)
    settle(battle, generations, given=given)
    return True


@transaction.atomic
def begin_next_attempt(generation: Generation, *, counted: bool) -> None:
    """A fresh fence for a lost attempt, or a failure when the tries are used up.

    ``counted`` is False for an attempt that no worker ever held: it does not use up a try.
    """
    battle, generations, current = _current(generation)
    if current is None:
        return
    if counted and current.attempt >= current.last_attempt:
        catalog.record_end(version=current.version, code=LOST)
        _fail(battle, generations, current, "unavailable")
        return
    current.attempt += counted
    if counted:
        current.queued_at = None  # it was claimed: the wait in the queue begins anew
    enqueue(current)


@transaction.atomic
def give_up(generation: Generation, code: FailureCode) -> None:
    """Nobody claimed this side: it fails, and its version is not to blame."""
    battle, generations, current = _current(generation)
    if current is not None:
        _fail(battle, generations, current, code)


@transaction.atomic
def submit_again(generation: Generation) -> None:
    """Put a side that nobody claimed on its queue once more, at its old place in the line."""
    _battle, _generations, current = _current(generation)
    if current is not None:
        current.submitted_at = timezone.now()
        current.save(update_fields=["submitted_at"])
        transaction.on_commit(partial(dispatch.submit_again, current))


@transaction.atomic
def mark_running(generation: Generation) -> None:
    """A worker holds the lease: from now on a missing lease means that it died."""
    _battle, _generations, current = _current(generation)
    if current is not None and current.state == GenerationState.QUEUED:
        transition(current, GenerationState.RUNNING, allowed=GENERATION_TRANSITIONS)
        current.save(update_fields=["state"])


def _current(generation: Generation) -> tuple[Battle, list[Generation], Generation | None]:
    """Lock the battle; the generation comes back only if it is still this live attempt."""
    battle = lock_battle(generation.turn.battle_id)
    generations = lock_generations(battle)
    current = next(row for row in generations if row.pk == generation.pk)
    same = current.fence == generation.fence and current.state in LIVE_GENERATIONS
    return battle, generations, current if same else None


def _record(generation: Generation, outcome: Outcome) -> None:
    ended = outcome.status == "ended"
    generation.text = writable(outcome.text)[: _most_characters(generation)]
    generation.code = "" if ended else _known(outcome.code)
    generation.finish = outcome.finish
    generation.tokens = outcome.tokens
    generation.first_text_ms = outcome.first_text_ms
    generation.total_ms = outcome.total_ms
    generation.worker = writable(outcome.worker)[:100]
    if ended:
        for name, count in measure(generation.text)._asdict().items():
            setattr(generation, name, count)
    end(generation, GenerationState.ENDED if ended else GenerationState.FAILED)
    catalog.record_end(version=generation.version, code=generation.code)


def _refuse_other(generations: list[Generation]) -> None:
    """Let a question that one model refused be refused by both, also where the other one answered:
    half a comparison would only tell which of them takes more. Its version is not to blame."""
    for generation in generations:
        if generation.state in (*LIVE_GENERATIONS, GenerationState.ENDED):
            refuse(generation)


def _most_characters(generation: Generation) -> int:
    """A worker of ours keeps to it by itself."""
    return int(generation.turn.battle.conditions["max_characters"])


def _known(code: str) -> str:
    """One of the closed set: any other word could tell one model from another."""
    return code if code in FAILURE_CODES else "internal"


def _fail(battle: Battle, generations: list[Generation], generation: Generation, code: str) -> None:
    generation.code = code
    end(generation, GenerationState.FAILED)
    transaction.on_commit(partial(dispatch.close, generation, kind="failed", code=code))
    settle(battle, generations)
