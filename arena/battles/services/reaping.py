"""The reaper: brings every side to an end, whatever was killed, lost or repeated.

It compares the row (what we want) with the slot in Redis (what a worker holds). Several reapers at
once are harmless: each step locks the battle and checks the fence again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.utils import timezone

from arena.battles import dispatch, selectors
from arena.battles.models import Generation
from arena.battles.services import outcomes
from arena.battles.services.ending import end_battle
from arena.battles.states import BattleState, GenerationState
from arena.core.errors import Conflict
from inference_worker.wire import presence
from inference_worker.wire.leases import Slot
from inference_worker.wire.messages import Outcome, Side

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=2)
"""A dispatch or a callback that is just under way gets this long before it counts as lost."""
ARRIVAL = timedelta(seconds=presence.VOTER_SECONDS)
"""A voter who has just sent a question gets this long to open the page's socket."""


def reap() -> int:
    """Look at every live side once; returns how many. Raises RedisError without Redis."""
    generations = list(selectors.live_generations())
    now = timezone.now()
    for generation, slot in zip(generations, dispatch.observe(generations), strict=True):
        _look(generation, slot, now)
    _stop_deserted(generations, now)
    return len(generations)


def expire_battles() -> int:
    """Close the battles that nobody finished in time; returns how many."""
    stale = list(selectors.stale_battles(timezone.now()))
    for battle in stale:
        end_battle(battle=battle, to=BattleState.EXPIRED)
    return len(stale)


def _look(generation: Generation, slot: Slot, now: datetime) -> None:
    submitted = cast(datetime, generation.submitted_at)
    if slot.fence != generation.fence:
        if now - submitted > GRACE:
            _log("has no slot", generation)
            counted = generation.state == GenerationState.RUNNING
            outcomes.begin_next_attempt(generation, counted=counted)
    elif slot.state == "queued":
        _wait(generation, now)
    elif slot.state == "done":
        _finish_from_stream(generation, slot, now)
    elif slot.leased:
        outcomes.mark_running(generation)
    else:
        _log("lost its worker", generation)
        outcomes.begin_next_attempt(generation, counted=True)


def _wait(generation: Generation, now: datetime) -> None:
    queued, submitted = (
        cast(datetime, generation.queued_at),
        cast(datetime, generation.submitted_at),
    )
    if now - queued > timedelta(seconds=settings.QUEUE_GIVE_UP_SECONDS):
        outcomes.give_up(generation)
    elif now - submitted > timedelta(seconds=settings.QUEUE_SECONDS) or (
        now - submitted > GRACE and dispatch.is_taken(generation)
    ):
        # A worker that dies between taking a message and claiming its side leaves no other trace.
        # If it lives and is merely slow, the second delivery finds the side claimed.
        _log("was not claimed", generation)
        outcomes.submit_again(generation)


def _finish_from_stream(generation: Generation, slot: Slot, now: datetime) -> None:
    text, ended_at = dispatch.written(generation)
    if now - ended_at < GRACE:
        return
    _log("ended without a callback", generation)
    outcomes.finish_generation(
        Outcome(
            stream=generation.turn.battle.public_id,
            side=cast(Side, generation.side),
            attempt=generation.attempt,
            fence=generation.fence,
            status="ended" if slot.status == "ended" else "failed",
            code=slot.code if slot.status == "failed" else "",
            text=text,
            finish="stop",
            tokens=0,
            first_text_ms=0,
            total_ms=0,
            worker="",
            revision="",
        )
    )


def _stop_deserted(generations: list[Generation], now: datetime) -> None:
    battles = {
        generation.turn.battle.public_id: generation.turn.battle
        for generation in generations
        if now - cast(datetime, generation.queued_at) > ARRIVAL
    }
    for public_id in dispatch.deserted(list(battles)):
        try:
            end_battle(battle=battles[public_id], to=BattleState.STOPPED)
        except Conflict:
            log.debug("battle %s ended by itself", public_id)


def _log(what: str, generation: Generation) -> None:
    log.warning("generation %s, attempt %s, %s", generation.pk, generation.attempt, what)
