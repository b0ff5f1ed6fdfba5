"""Leases, which decide who may work on a side: prepared by the site, renewed by one worker.

The site prepares a slot with a new fence, and the worker that claims it renews a lease each second.
An expired lease is the only sign that a worker died; ``observe`` returns what the reaper checks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.events import CUTS, StreamEvent, encode
from inference_worker.wire.messages import (
    FAILURE_CODES,
    FailureCode,
    Finish,
    GenerationRequest,
    Side,
)

LIFE_SECONDS = 5.0
RENEW_SECONDS = 1.0
SLOT_SECONDS = 3600
STORED_SECONDS = 600
"""After an answer is stored its keys stay this long; later pages read the database."""

Verdict = Literal["ok", "lost", "held", "gap"]

_STATES: dict[bytes, Literal["queued", "claimed", "done"]] = {
    b"queued": "queued",
    b"claimed": "claimed",
    b"done": "done",
}
_STATUSES: dict[bytes, Literal["ended", "failed", "stopped"]] = {
    b"ended": "ended",
    b"failed": "failed",
    b"stopped": "stopped",
}
_CODES = {code.encode(): code for code in FAILURE_CODES}
_CUTS = {cut.encode(): cut for cut in CUTS}


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """The worker that asks: the fence of the attempt and its own token for this delivery.

    Battle and side are for its log alone: Redis knows the attempt by what the fence says.
    """

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
class AttemptSlot:
    """The state of an attempt in Redis; ``state`` is empty where Redis has forgotten it."""

    state: Literal["", "queued", "claimed", "done"]
    status: Literal["", "ended", "failed", "stopped"]
    code: FailureCode | Literal[""]
    leased: bool
    finish: Finish = "stop"
    """Why an answer ended that ended well."""


def prepare(redis: Redis, request: GenerationRequest, *, replaces: str = "", turn: int = 0) -> None:
    """Open this attempt, put it at the end of the queue's line, and say in the battle's log where
    it is; ``replaces`` is the fence of the side's attempt before, which is void from now on.
    ``turn`` is the number of the turn that it answers."""
    if replaces:
        leave_queue(redis, queue=request.queue, fence=replaces)
    place = keys.address(request.fence)
    opened = StreamEvent(request.side, request.attempt, 0, "opened", place, turn)
    with redis.pipeline(transaction=True) as pipe:
        if replaces:
            pipe.delete(keys.slot(keys.address(replaces)), keys.lease(keys.address(replaces)))
        scripts.load(pipe)
        line = {"state": "queued", "next": 0, "queue": request.queue}
        pipe.hset(keys.slot(place), mapping=cast("dict[Any, Any]", line))
        pipe.expire(keys.slot(place), SLOT_SECONDS)
        pipe.zadd(keys.queue(request.queue), {place: time.time()})
        pipe.xadd(keys.events(request.stream), cast("dict[Any, Any]", encode(opened)))
        pipe.expire(keys.events(request.stream), SLOT_SECONDS)
        pipe.execute()


def forget(redis: Redis, request: GenerationRequest) -> None:
    """Undo ``prepare``: the reaper then finds a side without a slot, and begins anew."""
    place = keys.address(request.fence)
    leave_queue(redis, queue=request.queue, fence=request.fence)
    redis.delete(keys.slot(place), keys.lease(place))


def claim(redis: Redis, holder: LeaseHolder, *, queue: str) -> Verdict:
    """Take the side: ``lost`` for a wrong fence, ``held`` when another delivery has it."""
    life = int(LIFE_SECONDS * 1000)
    verdict = scripts.CLAIM.run(redis, names=holder.keys[:2], arguments=[holder.owner, life])
    if verdict == b"ok":
        leave_queue(redis, queue=queue, fence=holder.fence)
    return cast(Verdict, verdict.decode())


def renew(redis: Redis, holders: Sequence[LeaseHolder]) -> list[Verdict]:
    """Renew many leases in one round trip; the verdicts come in the order of the holders."""
    life = int(LIFE_SECONDS * 1000)
    with redis.pipeline(transaction=False) as pipe:
        for holder in holders:
            scripts.RENEW.run(pipe, names=holder.keys[:2], arguments=[holder.owner, life])
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def observe(redis: Redis, fences: Iterable[str]) -> list[AttemptSlot]:
    """Return the slots of many attempts in one round trip, and load the workers' scripts."""
    with redis.pipeline(transaction=False) as pipe:
        for place in map(keys.address, fences):
            pipe.hmget(keys.slot(place), ["state", "status", "code"])
            pipe.exists(keys.lease(place))
        scripts.load(pipe)
        answers = pipe.execute()
    known = answers[: -len(scripts.WORKERS)]
    slots = []
    for values, leased in zip(known[::2], known[1::2], strict=True):
        # A worker can write into its own slot what it likes: a word outside its closed set counts
        # as none, and a state that is none is a lost slot.
        state, status, code = (value or b"" for value in values)
        slots.append(
            AttemptSlot(
                state=_STATES.get(state, ""),
                status=_STATUSES.get(status, ""),
                code=_CODES.get(code, ""),
                leased=bool(leased),
                finish=_CUTS.get(code, "stop"),
            )
        )
    return slots


def expire_soon(redis: Redis, *, fence: str) -> None:
    """The site has stored how this attempt ended: what is left of it serves pages that are open."""
    address = keys.address(fence)
    with redis.pipeline(transaction=False) as pipe:
        pipe.expire(keys.slot(address), STORED_SECONDS)
        pipe.expire(keys.answer(address), STORED_SECONDS)
        pipe.execute()


def leave_queue(redis: Redis, *, queue: str, fence: str) -> None:
    """Take an attempt out of the line that ``places`` bounds: the one in which it stands, which is
    not that of ``queue`` where its card got another queue meanwhile."""
    place = keys.address(fence)
    [stands] = cast("list[bytes | None]", redis.hmget(keys.slot(place), ["queue"]))
    redis.zrem(keys.queue(stands.decode(errors="replace") if stands else queue), place)


def member(stream: str, side: Side) -> str:
    """A side's name among the users of a blob, whichever attempt it is."""
    return f"{stream}:{side}"
