"""Store how an attempt ended, by the worker's callback or, if that was lost, by the reaper."""

from __future__ import annotations

import json
from functools import partial

from django.db import transaction
from django.utils import timezone

from arena.battles.models import Battle, Generation
from arena.battles.selectors.samples import words_given
from arena.battles.states import (
    GENERATION_TRANSITIONS,
    LIVE_GENERATIONS,
    BattleMode,
    GenerationState,
)
from arena.battles.style import measure
from arena.catalog import services as catalog
from arena.catalog.selectors import served_queues
from arena.catalog.states import LOST
from arena.core.state_table import transition
from arena.orchestration import dispatch
from arena.orchestration.services.affording import another_attempt_fits
from arena.orchestration.services.replacing import replace_side
from arena.orchestration.services.rows import (
    end,
    enqueue,
    lock_battle,
    lock_generations,
    refuse,
    settle,
)
from arena.spending.services import settle as settle_charge
from inference_worker.wire.detections import places_in
from inference_worker.wire.messages import AnswerLimits, FailureCode, GenerationOutcome
from inference_worker.wire.texts import writable


def finish_generation(outcome: GenerationOutcome) -> bool:
    """Store how an attempt ended; False for one that is not the side's valid attempt any more.

    Whoever comes second changes nothing. When both sides ended well the vote opens. What both were
    given is read first: a sample's text stands in Redis, for which no locked row should wait.
    """
    given = words_given(outcome.stream)
    queues = served_queues() if outcome.status == "failed" else None
    return _finish(outcome, given, queues)


@transaction.atomic
def _finish(outcome: GenerationOutcome, given: str, queues: frozenset[str] | None) -> bool:
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
        # Half a comparison would only tell which model takes more: both sides refuse, also where
        # the other one answered. Its version is not to blame.
        for row in generations:
            if row.state in (*LIVE_GENERATIONS, GenerationState.ENDED):
                refuse(row)
    silent = generation.code not in ("", "refused") and not generation.text
    # Pages hide how a worker failed that had said nothing, until this is decided.
    if silent and not replace_side(battle, generations, generation, queues):
        transaction.on_commit(partial(dispatch.announce_failure, generation))
    settle(battle, generations, given=given)
    return True


def settle_battle(public_id: str) -> None:
    """Open the vote of a veiled battle, or let it fail, once its answers have been shown.

    Locks the battle; changes nothing where a side still answers or the time has not come.
    """
    given = words_given(public_id)
    with transaction.atomic():
        battle = Battle.objects.select_for_update().filter(public_id=public_id).first()
        if battle is not None:
            settle(battle, lock_generations(battle), given=given)


@transaction.atomic
def begin_next_attempt(generation: Generation, *, counted: bool, begun: bool = True) -> None:
    """A fresh fence for a lost attempt, or a failure when the tries are used up.

    ``counted`` is False for an attempt that no worker ever held: it does not use up a try.
    ``begun`` is False for one that is known to have said nothing.
    """
    battle, generations, current = _current(generation)
    if current is None:
        return
    tried_enough = current.attempt >= current.last_attempt or not another_attempt_fits([current])
    if counted and tried_enough:
        _count_health(current, LOST)
        _fail(battle, generations, current, LOST, begun=begun)
        return
    current.attempt += counted
    if counted:
        current.queued_at = None  # it was claimed: the wait in the queue begins anew
    enqueue(current)


@transaction.atomic
def give_up(generation: Generation, code: FailureCode, *, begun: bool = True) -> None:
    """Nobody claimed this side: it fails, and its version is not to blame. ``begun`` is False for
    one that is known to have said nothing."""
    battle, generations, current = _current(generation)
    if current is not None:
        _fail(battle, generations, current, code, begun=begun)


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
    current = next((row for row in generations if row.pk == generation.pk), None)
    same = current is not None and current.fence == generation.fence
    live = same and current is not None and current.state in LIVE_GENERATIONS
    return battle, generations, current if live else None


def _record(generation: Generation, outcome: GenerationOutcome) -> None:
    ended = outcome.status == "ended"
    limits = AnswerLimits(**generation.turn.battle.conditions)
    # A worker of ours keeps to the limits by itself.
    generation.text = writable(outcome.text)[: limits.max_characters]
    generation.reasoning = writable(outcome.reasoning)[: limits.trace_characters]
    generation.reasoning_tokens = outcome.reasoning_tokens
    if generation.version.grounding:
        # A worker may send what it likes: only what can be drawn is stored.
        places = places_in(map(json.dumps, outcome.places))
        generation.detections = [place.to_json() for place in places]
    generation.code = "" if ended else outcome.code or "internal"
    generation.finish = outcome.finish
    generation.tokens = outcome.tokens
    generation.first_text_ms = outcome.first_text_ms
    generation.total_ms = outcome.total_ms
    generation.worker = writable(outcome.worker)[:100]
    if ended:
        for name, count in measure(generation.text)._asdict().items():
            setattr(generation, name, count)
    if outcome.worker:  # an outcome that was made from the stream knows of no tokens
        written = outcome.tokens + outcome.reasoning_tokens
        settle_charge(generation=generation.pk, attempt=generation.attempt, tokens_output=written)
    end(generation, GenerationState.ENDED if ended else GenerationState.FAILED)
    _count_health(generation, generation.code)


def _count_health(generation: Generation, code: str) -> None:
    """Count how an answer ended for its version, unless the version was chosen by name: otherwise
    whoever wishes a model out of the draw could ask it for what it fails at."""
    if generation.turn.battle.mode == BattleMode.BLIND:
        catalog.record_end(version=generation.version, code=code)


def _fail(
    battle: Battle, generations: list[Generation], generation: Generation, code: str, *, begun: bool
) -> None:
    generation.code = code
    end(generation, GenerationState.FAILED)
    # A line that is too long is so for all: another model would only make it longer.
    hopeless = begun or code == "overloaded"
    if hopeless or not replace_side(battle, generations, generation, served_queues()):
        transaction.on_commit(partial(dispatch.close, generation, kind="failed", code=code))
    settle(battle, generations)
