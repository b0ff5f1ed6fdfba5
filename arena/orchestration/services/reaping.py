"""The reaper: brings every side to an end, whatever was killed, lost or repeated.

It compares the row (what we want) with the slot in Redis (what a worker holds). Several reapers at
once are harmless: each step locks the battle and checks the fence again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.utils import timezone

from arena.battles.models import Battle, Generation
from arena.battles.selectors import reading
from arena.battles.states import ABSENT, BattleState, GenerationState
from arena.core.errors import Conflict
from arena.orchestration import dispatch
from arena.orchestration.services import outcomes
from arena.orchestration.services.ending import end_battle
from inference_worker.wire import presence
from inference_worker.wire.leases import AttemptSlot
from inference_worker.wire.messages import GenerationOutcome, Side

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=2)
"""A dispatch or a callback that is just under way gets this long before it counts as lost."""
ARRIVAL = timedelta(seconds=presence.VOTER_SECONDS)
"""A voter who has just sent a question gets this long to open the page's socket."""


def reap() -> int:
    """Look at every live side once; returns how many. Raises RedisError without Redis."""
    generations = list(reading.live_generations())
    now = timezone.now()
    unserved = dispatch.unserved({row.version.card.queue for row in generations})
    for generation, slot in zip(generations, dispatch.observe(generations), strict=True):
        with _apart(f"generation {generation.pk}"):
            _look(generation, slot, now, unserved=generation.version.card.queue in unserved)
    # Read anew: what was begun again above, because Redis had forgotten it, has a page that Redis
    # has forgotten too.
    settled = reading.live_generations().filter(queued_at__lt=now - ARRIVAL)
    battles = {row.turn.battle.public_id: row.turn.battle for row in settled}
    for public_id in dispatch.deserted(list(battles)):
        with _apart(f"battle {public_id}"):
            _end(battles[public_id], BattleState.STOPPED, ABSENT)
    for public_id in reading.held_battles().values_list("public_id", flat=True):
        with _apart(f"battle {public_id}"):
            outcomes.settle_battle(public_id)
    dispatch.say_reaped()
    return len(generations)


def expire_battles() -> int:
    """Close the battles that nobody finished in time; returns how many."""
    stale = list(reading.stale_battles(timezone.now()))
    for battle in stale:
        with _apart(f"battle {battle.public_id}"):
            _end(battle, BattleState.EXPIRED)
    return len(stale)


@contextmanager
def _apart(what: str) -> Iterator[None]:
    """Log an error: what can't be looked after must not cost all others their end."""
    try:
        yield
    except Exception:
        log.exception("%s can't be looked after", what)


def _look(generation: Generation, slot: AttemptSlot, now: datetime, *, unserved: bool) -> None:
    held = slot.state not in ("", "queued")
    if unserved and not (held and (slot.leased or slot.state == "done")):
        # Whoever waits on a queue that nobody serves would wait for ever.
        _log("has no worker", generation)
        outcomes.give_up(generation, "unavailable", begun=_has_begun(generation))
    elif not slot.state:
        _begin_anew(generation, now)
    elif slot.state == "queued":
        _wait(generation, now)
    elif slot.state == "done":
        _finish_from_stream(generation, slot)
    elif not slot.leased:
        _log("lost its worker", generation)
        begun = _has_begun(generation)
        outcomes.begin_next_attempt(generation, counted=True, begun=begun)
    elif generation.state == GenerationState.QUEUED:
        outcomes.mark_running(generation)


def _begin_anew(generation: Generation, now: datetime) -> None:
    """Redis knows nothing of this attempt: it never got there, or it was forgotten."""
    running = generation.state == GenerationState.RUNNING
    if now - cast(datetime, generation.submitted_at) <= GRACE:
        return
    if not running and _waited_too_long(generation, now):
        outcomes.give_up(generation, "overloaded")
        return
    _log("has no slot", generation)
    outcomes.begin_next_attempt(generation, counted=running)


def _wait(generation: Generation, now: datetime) -> None:
    submitted = cast(datetime, generation.submitted_at)
    if _waited_too_long(generation, now):
        outcomes.give_up(generation, "overloaded")
    elif now - submitted > timedelta(seconds=settings.QUEUE_SECONDS) or (
        now - submitted > GRACE and dispatch.is_taken(generation)
    ):
        # A worker that dies between taking a message and claiming its side leaves no other trace.
        # If it lives and is merely slow, the second delivery finds the side claimed.
        _log("was not claimed", generation)
        outcomes.submit_again(generation)


def _has_begun(generation: Generation) -> bool:
    """Return whether a word of this attempt has been shown. Raises RedisError."""
    return bool(dispatch.written(generation)[0])


def _waited_too_long(generation: Generation, now: datetime) -> bool:
    queued = cast(datetime, generation.queued_at)
    return now - queued > timedelta(seconds=settings.QUEUE_GIVE_UP_SECONDS)


def _finish_from_stream(generation: Generation, slot: AttemptSlot) -> None:
    text, trace, places, quiet = dispatch.written(generation)
    if quiet < GRACE:
        return
    _log("ended without a callback", generation)
    outcomes.finish_generation(
        GenerationOutcome(
            stream=generation.turn.battle.public_id,
            side=cast(Side, generation.side),
            attempt=generation.attempt,
            fence=generation.fence,
            status="ended" if slot.status == "ended" else "failed",
            code=slot.code if slot.status == "failed" else "",
            text=text,
            finish=slot.finish,
            tokens=0,
            first_text_ms=0,
            total_ms=0,
            worker="",
            revision="",
            reasoning=trace,
            places=tuple(place.to_json() for place in places),
        )
    )


def _end(battle: Battle, to: BattleState, code: str = "") -> None:
    try:
        end_battle(battle=battle, to=to, code=code)
    except Conflict:
        log.debug("battle %s ended by itself", battle.public_id)


def _log(what: str, generation: Generation) -> None:
    log.warning("generation %s, attempt %s, %s", generation.pk, generation.attempt, what)
