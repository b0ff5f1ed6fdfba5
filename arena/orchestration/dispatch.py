"""The battle's way to the worker: the only module here that submits a task."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.battles.models import Generation
from arena.battles.selectors.conversation import conversation_images, earlier_turns, turns_of
from arena.catalog import selectors as catalog
from arena.core.redis import client
from inference_worker.wire import blobs, leases, presence, stream, task
from inference_worker.wire.detections import Detection, places_in
from inference_worker.wire.events import Kind
from inference_worker.wire.leases import AttemptSlot
from inference_worker.wire.messages import (
    BATTLE_OUTCOME,
    OUTCOME_QUEUE,
    AnswerLimits,
    GenerationRequest,
    MalformedMessage,
    Side,
    TurnInput,
)
from inference_worker.wire.texts import writable

log = logging.getLogger(__name__)

ENDS = "va:ends"
"""Hash of how many answers ended how, by ``slug:outcome``: for operators alone (invariant 1)."""
COLLECTED = "va:collected"
"""Hash of how many pictures, and how many bytes, were collected from the disk."""
REAPED = "va:reaped"
REAPED_SECONDS = 86_400
"""The key's life runs from the last look of the reaper, by Redis' own clock."""

SETTLE = "arena.battles.settle"
"""The task that looks at a veiled battle again."""

UNSERVED = "va:unserved:"
"""A key for each queue to which nobody listens while sides wait; its life says since when."""
_UNSERVED_MS, _LATE_MS = 60_000, 1_500
"""The reaper looks every two seconds: its second look is later than that."""

BROKEN = (RedisError, KombuError, OSError, MalformedMessage)
"""What a broker or a Redis may raise that can't be reached, or holds what nobody of ours wrote."""


def new_fence() -> str:
    """The secret of one attempt."""
    return secrets.token_urlsafe(32)


def begin(generation: Generation, *, replaces: str = "") -> None:
    """Open this attempt's slot in place of the one with the fence ``replaces``, and submit it; a
    failure is left for the reaper."""
    request = request_of(generation)
    try:
        leases.prepare(client(), request, replaces=replaces, turn=generation.turn.number)
    except RedisError as error:
        log.warning("generation %s waits for Redis: %s", generation.pk, type(error).__name__)
        return
    try:
        _submit(generation, request)
    except BROKEN as error:
        log.warning("generation %s waits for the broker: %s", generation.pk, type(error).__name__)
        with suppress(RedisError):
            leases.forget(client(), request)


def submit_again(generation: Generation) -> None:
    """Put the same attempt on its queue once more; a second delivery finds the slot taken."""
    try:
        _submit(generation, request_of(generation))
    except BROKEN as error:
        log.warning("generation %s waits for the broker: %s", generation.pk, type(error).__name__)


def close(generation: Generation, *, kind: Kind, code: str = "") -> str:
    """End the side in the stream and return the text that it had until then.

    The worker loses the side with its next write.
    """
    request = request_of(generation)
    try:
        leases.leave_queue(client(), queue=request.queue, fence=request.fence)
        stream.close(client(), request, kind=kind, text=code, turn=generation.turn.number)
        return written(generation)[0]
    except BROKEN as error:
        log.warning("generation %s ends unannounced: %s", generation.pk, type(error).__name__)
        return ""


def announce_failure(generation: Generation) -> None:
    """Tell open pages that a side has failed without a word: best effort, as ``announce``."""
    try:
        turn = generation.turn.number
        stream.tell_failure(client(), request_of(generation), code=generation.code, turn=turn)
    except BROKEN as error:
        log.warning("generation %s ends unannounced: %s", generation.pk, type(error).__name__)


def refuse(generation: Generation, *, replaces: str) -> None:
    """Begin this attempt as ``begin`` does, and end it at once: open pages clear what was shown."""
    try:
        turn = generation.turn.number
        leases.prepare(client(), request_of(generation), replaces=replaces, turn=turn)
    except RedisError as error:
        log.warning("generation %s ends unannounced: %s", generation.pk, type(error).__name__)
        return
    close(generation, kind="failed", code="refused")


def let_go(generation: Generation) -> None:
    """This side has ended and is stored: its pictures leave Redis, unless another side still needs
    them, and its answer does soon.
    """
    try:
        leases.expire_soon(client(), fence=generation.fence)
        for digest in conversation_images(generation.turn.battle):
            blobs.release(client(), digest, user=str(generation.pk))
    except BROKEN as error:
        log.warning("an answer that ended stays in Redis for a while: %s", type(error).__name__)


def written(generation: Generation) -> tuple[str, str, tuple[Detection, ...], timedelta]:
    """The text, the trace and the places of this attempt as its log has them, and for how long
    nobody has written to it, by Redis' own clock: this machine's may be minutes off."""
    request = request_of(generation)
    events, last = stream.answer(client(), request)
    seconds, microseconds = cast("tuple[int, int]", client().time())
    now = datetime.fromtimestamp(seconds + microseconds / 1e6, tz=UTC)
    side, attempt = request.side, request.attempt
    text = stream.text_of(events, side=side, attempt=attempt)
    trace = stream.text_of(events, side=side, attempt=attempt, kind="reasoning")
    places = places_in(event.text for event in events if event.kind == "detection")
    return writable(text[: request.limits.max_characters]), writable(trace), places, now - last


def count_end(model: str, outcome: str) -> None:
    """Count an answer that ended: best effort, and cheaper than a search through all answers."""
    try:
        client().hincrby(ENDS, f"{model}:{outcome}", 1)
    except BROKEN as error:
        log.warning("an end goes uncounted: %s", type(error).__name__)


def count_collected(files: int, size: int) -> None:
    """Count pictures that left the disk: best effort, for operators."""
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.hincrby(COLLECTED, "pictures", files)
            pipe.hincrby(COLLECTED, "bytes", size)
            pipe.execute()
    except BROKEN as error:
        log.warning("collected pictures go uncounted: %s", type(error).__name__)


def say_reaped() -> None:
    """The reaper has just looked: it shows that clock and site's worker run. Raises RedisError."""
    client().set(REAPED, b"1", ex=REAPED_SECONDS)


def observe(generations: Sequence[Generation]) -> list[AttemptSlot]:
    """Return what Redis knows of these sides, in their order. Raises RedisError."""
    return leases.observe(client(), [generation.fence for generation in generations])


def is_taken(generation: Generation) -> bool:
    """Return whether its message has left the queue: a worker has it, or took it and died."""
    return task.backlog(client(), generation.version.card.queue) == 0


def line_is_empty(queues: Collection[str]) -> bool:
    """Return whether workers have taken all that was put on these queues; False if unknown."""
    try:
        return not any(task.backlog(client(), queue) for queue in queues)
    except BROKEN:
        return False


def unserved(queues: set[str]) -> set[str]:
    """Return the queues that no worker has served for a while: at this check and at an earlier one.

    A worker may be late with one report, and a Redis that comes back has none. Raises RedisError.
    """
    if not queues:
        return set()
    served, names, late = catalog.served_queues(), sorted(queues), _UNSERVED_MS - _LATE_MS
    with client().pipeline(transaction=False) as pipe:
        for queue in names:
            if served is None or queue in served:
                pipe.delete(UNSERVED + queue)
            else:
                pipe.set(UNSERVED + queue, b"1", px=_UNSERVED_MS, nx=True)
            pipe.pttl(UNSERVED + queue)
        lives = pipe.execute()[1::2]
    return {queue for queue, life in zip(names, lives, strict=True) if 0 < life < late}


def deserted(public_ids: list[str]) -> list[str]:
    """Return the battles whose voter has been gone for a while."""
    if not presence.remembers_voters(client()):
        return []
    return presence.voters_gone(client(), public_ids)


def announce(
    public_id: str, kind: Kind, *, turn: int = 0, attempt: int = 0, code: str = ""
) -> None:
    """Tell the battle's open pages what has become of it: best effort. Where nothing comes they ask
    whether the vote is open, and learn at their next reload that the battle is over."""
    try:
        stream.announce(
            client(), stream=public_id, kind=kind, turn=turn, attempt=attempt, text=code
        )
    except BROKEN as error:
        log.warning("%s stays unannounced: %s", kind, type(error).__name__)


def settle_later(public_id: str, *, seconds: float) -> None:
    """Have the site look at a veiled battle again when its answers have been shown: best effort,
    the reaper does so, too."""
    with suppress(*BROKEN):
        current_app.send_task(SETTLE, [public_id], countdown=seconds, retry=False)


def keep_alive(public_id: str, *, seconds: int) -> None:
    """The voter has just asked for the page: give the socket this long to open."""
    try:
        presence.voter_here(client(), public_id, seconds=seconds)
    except BROKEN as error:
        log.warning("presence unknown: %s", type(error).__name__)


def ring(public_id: str) -> None:
    """Ring the leaderboard, and tell the battle's other pages that it has its vote.

    Best effort, for a beat each second is the fallback; and one round trip for both, because a
    voter waits for it.
    """
    try:
        with client().pipeline(transaction=False) as pipe:
            stream.announce(pipe, stream=public_id, kind="voted")
            pipe.set("va:ring", b"1", px=100, nx=True)
            first = pipe.execute()[-1]
        if first:
            current_app.send_task(settings.TASK_AFTER_VOTE, retry=False, expires=5)
    except BROKEN as error:
        log.warning("the leaderboard hears of this vote later: %s", type(error).__name__)


def request_of(generation: Generation) -> GenerationRequest:
    """The wire's form of this attempt."""
    turn = generation.turn
    return GenerationRequest(
        stream=turn.battle.public_id,
        side=cast(Side, generation.side),
        attempt=generation.attempt,
        fence=generation.fence,
        queue=generation.version.card.queue,
        model=generation.version.spec,
        turn=TurnInput(prompt=turn.prompt, images=tuple(image.digest for image in turn.images)),
        limits=AnswerLimits(**turn.battle.conditions),
        earlier=earlier_turns(generation),
        grounding=generation.version.grounding,
        is_background=turn.battle.prepared,
    )


def _submit(generation: Generation, request: GenerationRequest) -> None:
    for turn in turns_of(generation.turn.battle):
        for image in turn.images:
            with image.file.open("rb") as file:
                blobs.put(client(), file.read(), user=str(generation.pk))
    task.submit(current_app, request, callback=BATTLE_OUTCOME, callback_queue=OUTCOME_QUEUE)
