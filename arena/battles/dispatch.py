"""The battle's way to the worker: the only module here that submits a task."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.battles import selectors
from arena.battles.models import Generation
from arena.catalog import selectors as catalog
from arena.core.errors import DomainError
from arena.core.redis import client
from inference_worker.wire import blobs, leases, presence, samples, stream, task
from inference_worker.wire.events import Kind
from inference_worker.wire.leases import Slot
from inference_worker.wire.messages import (
    BATTLE_OUTCOME,
    DEFAULT_QUEUE,
    OUTCOME_QUEUE,
    GenerationRequest,
    Limits,
    MalformedMessage,
    Side,
    Turn,
)
from inference_worker.wire.texts import writable

log = logging.getLogger(__name__)

REFRESH = "arena.leaderboard.refresh"
SITE_QUEUE = "arena"
"""Where the site listens to itself."""

SAMPLES_AHEAD = 24
"""Drawn sample pictures that wait for visitors; a worker draws half as many at a time."""
SAMPLES_SECONDS = 5
"""A worker is asked for more at most so often, however fast visitors take them."""

ENDS = "va:ends"
"""Hash of how many answers ended how, by ``slug:outcome``: for operators alone (invariant 1)."""
COLLECTED = "va:collected"
"""Hash of how many pictures, and how many bytes, were collected from the disk."""
REAPED = "va:reaped"
REAPED_SECONDS = 86_400
"""The key's life runs from the last look of the reaper, by Redis' own clock."""

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
        leases.prepare(client(), request, replaces=replaces)
    except RedisError as error:
        log.warning("generation %s waits for Redis: %s", generation.pk, type(error).__name__)
        return
    try:
        _submit(generation, request)
    except BROKEN as error:
        log.warning("generation %s waits for the broker: %s", generation.pk, type(error).__name__)
        _forget(request)


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
        stream.close(client(), request, kind=kind, text=code)
        return written(generation)[0]
    except BROKEN as error:
        log.warning("generation %s ends unannounced: %s", generation.pk, type(error).__name__)
        return ""


def refuse(generation: Generation, *, replaces: str) -> None:
    """Begin this attempt as ``begin`` does, and end it at once: open pages clear what was shown."""
    try:
        leases.prepare(client(), request_of(generation), replaces=replaces)
    except RedisError as error:
        log.warning("generation %s ends unannounced: %s", generation.pk, type(error).__name__)
        return
    close(generation, kind="failed", code="refused")


def let_go(generation: Generation) -> None:
    """This side has ended and is stored: its picture leaves Redis, unless another side still needs
    it, and its answer does soon.
    """
    try:
        leases.expire_soon(client(), fence=generation.fence)
        blobs.release(client(), generation.turn.image_id, user=str(generation.pk))
    except BROKEN as error:
        log.warning("an answer that ended stays in Redis for a while: %s", type(error).__name__)


def written(generation: Generation) -> tuple[str, timedelta]:
    """The text of this attempt as its log has it, and for how long nobody has written to it.

    Redis' own clock says both times: this machine's may be minutes off.
    """
    request = request_of(generation)
    events, last = stream.answer(client(), request)
    seconds, microseconds = cast("tuple[int, int]", client().time())
    now = datetime.fromtimestamp(seconds + microseconds / 1e6, tz=UTC)
    text = stream.text_of(events, side=request.side, attempt=request.attempt)
    return writable(text[: request.limits.max_characters]), now - last


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


def observe(generations: Sequence[Generation]) -> list[Slot]:
    """What Redis knows of these sides, in their order."""
    return leases.observe(client(), [generation.fence for generation in generations])


def is_taken(generation: Generation) -> bool:
    """Whether its message is on the queue no more: a worker has it, or took it and died."""
    return task.backlog(client(), generation.version.card.queue) == 0


def unserved(queues: set[str]) -> set[str]:
    """Those queues to which no worker has listened for a while: at this look and at one before it.

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
    """Those battles whose voter has been gone for a while."""
    if not presence.remembers_voters(client()):
        return []
    return presence.voters_gone(client(), public_ids)


def announce(public_id: str, kind: Kind) -> None:
    """Tell the battle's open pages what has become of it: best effort, the truth is the database's.

    That the vote is open they also ask by themselves when nothing comes; that the battle is over
    they learn at their next reload.
    """
    try:
        stream.announce(client(), stream=public_id, kind=kind)
    except BROKEN as error:
        log.warning("%s stays unannounced: %s", kind, type(error).__name__)


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
            current_app.send_task(REFRESH, queue=SITE_QUEUE, retry=False, expires=5)
    except BROKEN as error:
        log.warning("the leaderboard hears of this vote later: %s", type(error).__name__)


def fresh_sample() -> str:
    """The name of a sample picture that nobody has seen; empty where no worker has drawn one."""
    try:
        if samples.waiting(client()) <= 1 + SAMPLES_AHEAD // 2:
            _ask_for_samples()
        drawn = samples.take(client())
        if drawn is None:
            return ""
        fresh = selectors.judged_sample(drawn)
        samples.keep(client(), fresh)
        return fresh.name
    except (*BROKEN, DomainError) as error:
        log.warning("no fresh sample picture: %s", type(error).__name__)
        return ""


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
        turn=Turn(prompt=turn.prompt, images=(turn.image.digest,)),
        limits=Limits(**turn.battle.conditions),
    )


def conditions() -> dict[str, float]:
    """What both sides of a new battle answer under."""
    return {
        "max_new_tokens": settings.ANSWER_MAX_TOKENS,
        "max_characters": settings.ANSWER_MAX_CHARACTERS,
        "temperature": settings.ANSWER_TEMPERATURE,
        "seconds": settings.ANSWER_SECONDS,
    }


def _submit(generation: Generation, request: GenerationRequest) -> None:
    with generation.turn.image.file.open("rb") as file:
        blobs.put(client(), file.read(), user=str(generation.pk))
    task.submit(current_app, request, callback=BATTLE_OUTCOME, callback_queue=OUTCOME_QUEUE)


def _ask_for_samples() -> None:
    """Where no worker listens, nothing is put on its queue."""
    if not samples.may_ask(client(), seconds=SAMPLES_SECONDS):
        return
    if any(DEFAULT_QUEUE in worker.queues for worker in presence.workers(client())):
        task.draw_samples(
            current_app, queue=DEFAULT_QUEUE, count=SAMPLES_AHEAD // 2, seconds=SAMPLES_SECONDS
        )


def _forget(request: GenerationRequest) -> None:
    try:
        leases.forget(client(), request)
    except RedisError:
        log.warning("Redis can't be reached")
