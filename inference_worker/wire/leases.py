"""Who may work on a side: prepared by the site, claimed and renewed by one worker.

The site prepares a slot with a fresh fence, the worker that claims it renews a lease each second.
A lease that ran out is the only sign that a worker died; ``observe`` is what the reaper looks at.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.messages import GenerationRequest, Side

LIFE_SECONDS = 5.0
RENEW_SECONDS = 1.0
SLOT_SECONDS = 3600

Verdict = Literal["ok", "lost", "held", "gap"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: the side, the fence of the attempt and the worker's own token for this delivery."""

    stream: str
    side: Side
    fence: str
    owner: str

    @property
    def keys(self) -> list[str]:
        """Slot, lease and events, in the order that the scripts expect."""
        return side_keys(self.stream, self.side)


@dataclass(frozen=True, slots=True)
class Slot:
    """What Redis knows of a side. ``state`` is empty where Redis has forgotten it."""

    fence: str
    state: Literal["", "queued", "claimed", "done"]
    status: str
    code: str
    leased: bool


def side_keys(stream: str, side: Side) -> list[str]:
    """Slot, lease and events of a side."""
    return [keys.slot(stream, side), keys.lease(stream, side), keys.events(stream)]


def prepare(redis: Redis, request: GenerationRequest) -> None:
    """Make this attempt the side's only valid one and put it at the end of the queue's line."""
    slot, lease, _ = side_keys(request.stream, request.side)
    fields = {"fence": request.fence, "attempt": request.attempt, "side": request.side}
    with redis.pipeline(transaction=True) as pipe:
        pipe.delete(slot, lease)
        pipe.hset(slot, mapping={**fields, "state": "queued", "next": 0})
        pipe.expire(slot, SLOT_SECONDS)
        pipe.zadd(keys.queue(request.queue), {member(request.stream, request.side): time.time()})
        pipe.execute()


def forget(redis: Redis, request: GenerationRequest) -> None:
    """Undo ``prepare``: the reaper then finds a side without a slot, and begins anew."""
    slot, lease, _ = side_keys(request.stream, request.side)
    redis.delete(slot, lease)
    leave_queue(redis, queue=request.queue, stream=request.stream, side=request.side)


def claim(redis: Redis, holder: Holder, *, queue: str) -> Verdict:
    """Take the side: ``lost`` for a wrong fence, ``held`` when another delivery has it."""
    life = int(LIFE_SECONDS * 1000)
    args: list[str | int] = [holder.fence, holder.owner, life]
    verdict = redis.register_script(scripts.CLAIM)(keys=holder.keys[:2], args=args)
    if verdict == b"ok":  # a stale delivery must not take the place of the attempt after it
        leave_queue(redis, queue=queue, stream=holder.stream, side=holder.side)
    return cast(Verdict, verdict.decode())


def renew(redis: Redis, holders: Sequence[Holder]) -> list[Verdict]:
    """Renew many leases in one round trip; the verdicts come in the order of the holders."""
    life = int(LIFE_SECONDS * 1000)
    script = redis.register_script(scripts.RENEW)
    with redis.pipeline(transaction=False) as pipe:
        for holder in holders:
            script(keys=holder.keys[:2], args=[holder.fence, holder.owner, life], client=pipe)
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def observe(redis: Redis, sides: Iterable[tuple[str, Side]]) -> list[Slot]:
    """What the reaper needs of many sides, in one round trip."""
    with redis.pipeline(transaction=False) as pipe:
        for stream, side in sides:
            pipe.hmget(keys.slot(stream, side), ["fence", "state", "status", "code"])
            pipe.exists(keys.lease(stream, side))
        answers = pipe.execute()
    return [_slot(answers[i], answers[i + 1]) for i in range(0, len(answers), 2)]


def leave_queue(redis: Redis, *, queue: str, stream: str, side: Side) -> None:
    """Take a side out of the line that ``places`` counts."""
    redis.zrem(keys.queue(queue), member(stream, side))


def places(redis: Redis, *, queue: str, sides: Sequence[tuple[str, Side]]) -> list[int | None]:
    """How many sides stand before each of these in the line; None for one that isn't waiting."""
    with redis.pipeline(transaction=False) as pipe:
        for stream, side in sides:
            pipe.zrank(keys.queue(queue), member(stream, side))
        return cast("list[int | None]", pipe.execute())


def member(stream: str, side: Side) -> str:
    """A side's name in the line of its queue."""
    return f"{stream}:{side}"


def _slot(values: list[bytes | None], leased: int) -> Slot:
    fence, state, status, code = ((value or b"").decode() for value in values)
    return Slot(
        fence=fence,
        state=cast('Literal["", "queued", "claimed", "done"]', state),
        status=status,
        code=code,
        leased=bool(leased),
    )
