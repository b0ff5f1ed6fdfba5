"""Stop, skip, expire, and try again."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, Generation
from arena.battles.states import (
    GENERATION_TRANSITIONS,
    LIVE_GENERATIONS,
    BattleState,
    GenerationState,
    Pacing,
)
from arena.core.errors import Conflict
from arena.core.state_table import transition
from arena.orchestration import dispatch
from arena.orchestration.services.affording import another_attempt_fits
from arena.orchestration.services.rows import (
    end,
    enqueue,
    lock_battle,
    lock_generations,
    move,
    say_of_veiled,
    settle,
)
from inference_worker.wire.events import Kind

MOST_ATTEMPTS = 8
"""Over all tries that a voter asks for."""
ATTEMPTS_PER_TRY = 2


class NotRetryable(Conflict):
    """There is nothing to try again, or it was tried often enough."""

    code = "not_retryable"
    message = _("There is nothing left to try again here. Please start a new battle.")


@transaction.atomic
def end_battle(*, battle: Battle, to: BattleState, code: str = "") -> None:
    """End the sides that still answer and move the battle to stopped, skipped or expired. ``code``
    says why, where that was not the voter's wish.

    Asking twice changes nothing. Raises Conflict where the battle can't go there. Open pages hear
    of a stop from the sides, and of an end of the battle from the battle.
    """
    battle = lock_battle(battle.pk)
    if battle.state == to:
        return
    sides = lock_generations(battle)
    veiled = battle.pacing == Pacing.VEILED and to == BattleState.STOPPED
    for generation in sides:
        if generation.state in LIVE_GENERATIONS:
            generation.code = code
            end(generation, GenerationState.STOPPED)
            transaction.on_commit(partial(keep_shown, generation))
        elif veiled:
            # It was not shown to its end, and nothing may tell that it had come to one.
            transition(generation, GenerationState.STOPPED, allowed=GENERATION_TRANSITIONS)
            generation.ended_at, generation.code = timezone.now(), code or generation.code
            generation.save(update_fields=["state", "ended_at", "code"])
    move(battle, to)
    if to == BattleState.STOPPED:
        say_of_veiled(battle, sides, "stopped", code)
    if to in _SAID:
        transaction.on_commit(partial(dispatch.announce, battle.public_id, _SAID[to]))


@transaction.atomic
def stop_side(*, battle: Battle, side: str) -> None:
    """End one side that still answers; the other one goes on. Once it is over, too, the battle is
    stopped: half a comparison opens no vote.

    Asking twice changes nothing, nor does asking for a side that is over or not there. Locks the
    battle, then its generations. Raises Conflict for a veiled battle: what the other side would
    show by itself from then on is its own pace.
    """
    battle = lock_battle(battle.pk)
    if battle.pacing == Pacing.VEILED:
        raise Conflict
    sides = lock_generations(battle)
    stopped = next((row for row in sides if row.side == side), None)
    if stopped is None or stopped.state not in LIVE_GENERATIONS:
        return
    end(stopped, GenerationState.STOPPED)
    transaction.on_commit(partial(keep_shown, stopped))
    settle(battle, sides)


@transaction.atomic
def retry_battle(*, battle: Battle) -> None:
    """Try the failed and the stopped sides again; a side that ended well keeps its answer.

    In a veiled battle it doesn't: beside a finished answer the other one could only come at its own
    pace, and after a stop a voter would know again what had been finished by then.

    Raises NotRetryable when the battle has not failed or stopped, or was tried often enough.
    """
    battle = lock_battle(battle.pk)
    generations = lock_generations(battle)
    again = [g for g in generations if g.state in _RETRYABLE]
    if battle.state not in (BattleState.FAILED, BattleState.STOPPED) or not again:
        raise NotRetryable
    if battle.pacing == Pacing.VEILED:
        again = generations
    if any(generation.attempt >= MOST_ATTEMPTS for generation in again):
        raise NotRetryable
    if not another_attempt_fits(again):
        raise NotRetryable
    for generation in again:
        generation.attempt += 1
        generation.last_attempt = generation.attempt + ATTEMPTS_PER_TRY - 1
        generation.queued_at = None
        enqueue(generation)
    move(battle, BattleState.GENERATING)


_RETRYABLE = (GenerationState.FAILED, GenerationState.STOPPED)
_SAID: dict[BattleState, Kind] = {BattleState.SKIPPED: "skipped", BattleState.EXPIRED: "expired"}


def keep_shown(generation: Generation) -> None:
    """End the side in the stream, then keep what had been shown until then, unless the battle was
    erased meanwhile."""
    text = dispatch.close(generation, kind="stopped", code=generation.code)
    with transaction.atomic():
        # Locked, since an erasure that is not committed yet would be seen too late.
        if lock_battle(generation.turn.battle_id).erased_at is None:
            rows = Generation.objects.filter(pk=generation.pk, fence=generation.fence)
            rows.update(text=text)
