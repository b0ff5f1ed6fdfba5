"""The battle's ordered event log: append behind the fence, read from any point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.events import Event, Kind, decode, encode
from inference_worker.wire.leases import SLOT_SECONDS, Holder, Verdict, side_keys
from inference_worker.wire.messages import Side

START = "0-0"


@dataclass(frozen=True, slots=True)
class Append:
    """Events of one holder, numbered without a gap, to be appended together or not at all."""

    holder: Holder
    events: tuple[tuple[int, Kind, str], ...]
    """(number, kind, text)"""


def append(redis: Redis, appends: Sequence[Append]) -> list[Verdict]:
    """Append for many holders in one round trip.

    A verdict other than ``ok`` means that nothing of it was written: ``lost`` when the attempt is
    no longer the side's valid one or has ended, ``gap`` when a number was left out (a bug).
    """
    script = redis.register_script(scripts.APPEND)
    with redis.pipeline(transaction=False) as pipe:
        for one in appends:
            flat = [value for event in one.events for value in event]
            args = [one.holder.fence, SLOT_SECONDS, *flat]
            script(keys=one.holder.keys, args=args, client=pipe)
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def close(
    redis: Redis, *, stream: str, side: Side, fence: str, kind: Kind, text: str = ""
) -> Verdict:
    """End a side from the site; ``held`` when it had ended already, ``lost`` for a wrong fence."""
    script = redis.register_script(scripts.CLOSE)
    args: list[str | int] = [fence, SLOT_SECONDS, kind, text]
    return cast(Verdict, script(keys=side_keys(stream, side), args=args).decode())


def announce(redis: Redis, *, stream: str, kind: Kind) -> None:
    """Append an event of the battle itself, such as ``voting_opened``.

    Given a pipeline it waits there for the round trip of whoever executes it.
    """
    event = Event(side="", attempt=0, number=0, kind=kind)
    redis.xadd(keys.events(stream), cast("dict[Any, Any]", encode(event)))
    redis.expire(keys.events(stream), SLOT_SECONDS)


def read(redis: Redis, stream: str) -> list[Event]:
    """The whole log so far; empty when it has expired."""
    return read_with_time(redis, stream)[0]


def read_with_time(redis: Redis, stream: str) -> tuple[list[Event], datetime]:
    """The log, and when its last entry was written by Redis' clock; the epoch for an empty log."""
    entries = cast("list[tuple[bytes, Mapping[bytes, bytes]]]", redis.xrange(keys.events(stream)))
    last = int(entries[-1][0].split(b"-")[0]) if entries else 0
    written = datetime.fromtimestamp(last / 1000, tz=UTC)
    return [decode(fields) for _, fields in entries], written


def text_of(events: Sequence[Event], *, side: Side, attempt: int) -> str:
    """The concatenated deltas of one attempt: what is stored as the answer."""
    return "".join(
        event.text
        for event in events
        if event.side == side and event.attempt == attempt and event.kind == "delta"
    )
