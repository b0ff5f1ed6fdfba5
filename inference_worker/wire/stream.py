"""The ordered logs of a battle: the site's own, and one of each attempt's worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from msgspec.structs import replace
from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.events import Kind, StreamEvent, decode, decode_answer, encode
from inference_worker.wire.leases import SLOT_SECONDS, LeaseHolder, Verdict
from inference_worker.wire.messages import GenerationRequest, MalformedMessage, Side

Entry = tuple[bytes, Mapping[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class StreamAppend:
    """Events of one holder, numbered without a gap, to be appended together or not at all."""

    holder: LeaseHolder
    events: tuple[tuple[int, Kind, str], ...]
    """(number, kind, text)"""


def append(redis: Redis, appends: Sequence[StreamAppend]) -> list[Verdict]:
    """Append for many holders in one round trip.

    A verdict other than ``ok`` means that nothing of it was written: ``lost`` when the attempt is
    no longer the side's valid one or has ended, ``gap`` when a number was left out (a bug).
    """
    with redis.pipeline(transaction=False) as pipe:
        for one in appends:
            flat = [value for event in one.events for value in event]
            scripts.APPEND.run(pipe, names=one.holder.keys, arguments=[SLOT_SECONDS, *flat])
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def close(
    redis: Redis, request: GenerationRequest, *, kind: Kind, text: str = "", turn: int = 0
) -> Verdict:
    """End a side from the site; ``held`` when it had ended already, ``lost`` for a wrong fence."""
    place = keys.address(request.fence)
    names = [keys.slot(place), keys.lease(place), keys.events(request.stream)]
    said = [SLOT_SECONDS, request.side, request.attempt, kind, text, turn]
    return cast(Verdict, cast(bytes, redis.eval(scripts.CLOSE.text, 3, *names, *said)).decode())


def tell_failure(redis: Redis, request: GenerationRequest, *, code: str, turn: int = 0) -> None:
    """Say in the battle's own log that an attempt has failed without a word: readers pass over
    what its worker says of that, for the side may yet be given to another model."""
    number = redis.hget(keys.slot(keys.address(request.fence)), "next")
    event = StreamEvent(
        request.side, request.attempt, int(cast(bytes, number) or 1), "failed", code, turn
    )
    redis.xadd(keys.events(request.stream), cast("dict[Any, Any]", encode(event)))
    redis.expire(keys.events(request.stream), SLOT_SECONDS)


def announce(
    redis: Redis, *, stream: str, kind: Kind, turn: int = 0, attempt: int = 0, text: str = ""
) -> None:
    """Append an event of the battle itself, such as ``voting_opened``.

    Given a pipeline it waits there for the round trip of whoever executes it.
    """
    event = StreamEvent(side="", attempt=attempt, number=0, kind=kind, text=text, turn=turn)
    redis.xadd(keys.events(stream), cast("dict[Any, Any]", encode(event)))
    redis.expire(keys.events(stream), SLOT_SECONDS)


def read(redis: Redis, stream: str) -> list[StreamEvent]:
    """Return all events of a battle so far, by the site and by its workers; none when they have
    expired. The site's events that say where an attempt's log is are left out."""
    said = []
    for identity, fields in _entries(redis, keys.events(stream)):
        event = decode(fields)
        if event.kind != "opened":
            said.append((_moment(identity, last=True), event))
            continue
        side, attempt = cast(Side, event.side), event.attempt
        for other, words in _entries(redis, keys.answer(event.text)):
            answered = decode_answer(words, side=side, attempt=attempt)
            said.append((_moment(other), replace(answered, turn=event.turn)))
    return [event for _, event in sorted(said, key=lambda pair: pair[0])]


def erase(redis: Redis, stream: str) -> None:
    """Delete a battle's log and those of all its attempts. A worker that still writes to one finds
    its slot gone, which is a verdict of ``lost``."""
    events = [decode(fields) for _, fields in _entries(redis, keys.events(stream))]
    places = [event.text for event in events if event.kind == "opened"]
    attempts = [name(place) for place in places for name in (keys.answer, keys.slot, keys.lease)]
    redis.delete(keys.events(stream), keys.presence(stream), *attempts)


def answer(redis: Redis, request: GenerationRequest) -> tuple[list[StreamEvent], datetime]:
    """Return the events of an attempt's worker, and the time of the last one by Redis' clock.

    Entries that no worker of ours writes are left out. The time is the epoch where there is none,
    and for a time of the worker's own making.
    """
    entries = _entries(redis, keys.answer(keys.address(request.fence)))
    events = []
    for _, fields in entries:
        with suppress(MalformedMessage):
            events.append(decode_answer(fields, side=request.side, attempt=request.attempt))
    last = position(entries[-1][0])[0] if entries else 0
    with suppress(OverflowError, ValueError):
        return events, datetime.fromtimestamp(last / 1000, tz=UTC)
    return events, datetime.fromtimestamp(0, tz=UTC)


def position(identity: bytes) -> tuple[int, int]:
    """An entry's identity as numbers, which sort as the entries do."""
    milliseconds, sequence = identity.split(b"-")
    return int(milliseconds), int(sequence)


def _moment(identity: bytes, *, last: bool = False) -> tuple[int, bool, int]:
    """Orders entries of several logs: within a millisecond the site speaks last."""
    milliseconds, sequence = position(identity)
    return milliseconds, last, sequence


def _entries(redis: Redis, name: str) -> list[Entry]:
    return cast("list[Entry]", redis.xrange(name))


def text_of(
    events: Sequence[StreamEvent], *, side: Side, attempt: int, kind: Kind = "delta"
) -> str:
    """Return the concatenated texts of one kind of an attempt: deltas are what is stored as the
    answer, and reasoning is its trace."""
    return "".join(
        event.text
        for event in events
        if event.side == side and event.attempt == attempt and event.kind == kind
    )
