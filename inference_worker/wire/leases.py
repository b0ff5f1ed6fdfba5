"""Who may work on a side: prepared by the site, claimed and renewed by one worker.

The site prepares a slot with a fresh fence, the worker that claims it renews a lease each second.
A lease that ran out is the only sign that a worker died; ``observe`` is what the reaper looks at.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.events import Event, encode
from inference_worker.wire.messages import GenerationRequest, Side

LIFE_SECONDS = 5.0
RENEW_SECONDS = 1.0
SLOT_SECONDS = 3600
STORED_SECONDS = 600
"""What was stored meanwhile stays so long: a page that comes later reads it from the database."""

Verdict = Literal["ok", "lost", "held", "gap"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: the fence of the attempt and the worker's own token for this delivery. Battle and
    side are for its log alone: Redis knows the attempt by what the fence says."""

    stream: str
    side: Side
    fence: str
    owner: str

    @property
    def keys(self) -> list[str]:
        """Slot, lease and events of the attempt, in the order that the scripts expect."""
        place = keys.address(self.fence)
        return [keys.slot(place), keys.lease(place), keys.answer(place)]


@dataclass(frozen=True, slots=True)
class Slot:
    """What Redis knows of an attempt. ``state`` is empty where Redis has forgotten it."""

    state: Literal["", "queued", "claimed", "done"]
    status: str
    code: str
    leased: bool


def prepare(redis: Redis, request: GenerationRequest, *, replaces: str = "") -> None:
    """Open this attempt, put it at the end of the queue's line, and say in the battle's log where
    it is; ``replaces`` is the fence of the side's attempt before, which is void from now on."""
    place = keys.address(request.fence)
    opened = Event(request.side, request.attempt, 0, "opened", place)
    with redis.pipeline(transaction=True) as pipe:
        if replaces:
            pipe.delete(keys.slot(keys.address(replaces)), keys.lease(keys.address(replaces)))
            pipe.zrem(keys.queue(request.queue), keys.address(replaces))
        scripts.load(pipe)
        pipe.hset(keys.slot(place), mapping={"state": "queued", "next": 0})
        pipe.expire(keys.slot(place), SLOT_SECONDS)
        pipe.zadd(keys.queue(request.queue), {place: time.time()})
        pipe.xadd(keys.events(request.stream), cast("dict[Any, Any]", encode(opened)))
        pipe.expire(keys.events(request.stream), SLOT_SECONDS)
        pipe.execute()


def forget(redis: Redis, request: GenerationRequest) -> None:
    """Undo ``prepare``: the reaper then finds a side without a slot, and begins anew."""
    place = keys.address(request.fence)
    redis.delete(keys.slot(place), keys.lease(place))
    leave_queue(redis, queue=request.queue, fence=request.fence)


def claim(redis: Redis, holder: Holder, *, queue: str) -> Verdict:
    """Take the side: ``lost`` for a wrong fence, ``held`` when another delivery has it."""
    life = int(LIFE_SECONDS * 1000)
    verdict = scripts.CLAIM.run(redis, names=holder.keys[:2], arguments=[holder.owner, life])
    if verdict == b"ok":
        leave_queue(redis, queue=queue, fence=holder.fence)
    return cast(Verdict, verdict.decode())


def renew(redis: Redis, holders: Sequence[Holder]) -> list[Verdict]:
    """Renew many leases in one round trip; the verdicts come in the order of the holders."""
    life = int(LIFE_SECONDS * 1000)
    with redis.pipeline(transaction=False) as pipe:
        for holder in holders:
            scripts.RENEW.run(pipe, names=holder.keys[:2], arguments=[holder.owner, life])
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def observe(redis: Redis, fences: Iterable[str]) -> list[Slot]:
    """What the reaper needs of many attempts, in one round trip; it loads the workers' scripts."""
    with redis.pipeline(transaction=False) as pipe:
        for place in map(keys.address, fences):
            pipe.hmget(keys.slot(place), ["state", "status", "code"])
            pipe.exists(keys.lease(place))
        scripts.load(pipe)
        answers = pipe.execute()
    known = answers[: -len(scripts.WORKERS)]
    return [_slot(*pair) for pair in zip(known[::2], known[1::2], strict=True)]


def expire_soon(redis: Redis, *, fence: str) -> None:
    """The site has stored how this attempt ended: what is left of it serves pages that are open."""
    address = keys.address(fence)
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.slot(address), STORED_SECONDS)
        pipe.expire(keys.answer(address), STORED_SECONDS)
        pipe.execute()


def leave_queue(redis: Redis, *, queue: str, fence: str) -> None:
    """Take an attempt out of the line that ``places`` counts."""
    redis.zrem(keys.queue(queue), keys.address(fence))


def places(redis: Redis, *, queue: str, fences: Sequence[str]) -> list[int | None]:
    """How many attempts stand before each of these in the line; None for one that isn't waiting."""
    with redis.pipeline(transaction=False) as pipe:
        for fence in fences:
            pipe.zrank(keys.queue(queue), keys.address(fence))
        return cast("list[int | None]", pipe.execute())


def member(stream: str, side: Side) -> str:
    """A side's name among the users of a blob, whichever attempt it is."""
    return f"{stream}:{side}"


def _slot(values: Sequence[bytes | None], leased: int) -> Slot:
    """A worker can write what it likes into its own slot: a word of no meaning is a lost slot."""
    state, status, code = ((value or b"").decode(errors="replace") for value in values)
    known = state if state in ("queued", "claimed", "done") else ""
    return Slot(
        state=cast('Literal["", "queued", "claimed", "done"]', known),
        status=status,
        code=code,
        leased=bool(leased),
    )
