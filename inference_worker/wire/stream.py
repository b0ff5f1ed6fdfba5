"""The ordered logs of a battle: the site's own, and one of each attempt's worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from inference_worker.wire import keys, scripts
from inference_worker.wire.events import Event, Kind, decode, decode_answer, encode
from inference_worker.wire.leases import SLOT_SECONDS, Holder, Verdict
from inference_worker.wire.messages import GenerationRequest, MalformedMessage, Side

Entry = tuple[bytes, Mapping[bytes, bytes]]


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
    with redis.pipeline(transaction=False) as pipe:
        for one in appends:
            flat = [value for event in one.events for value in event]
            scripts.APPEND.run(pipe, names=one.holder.keys, arguments=[SLOT_SECONDS, *flat])
        return [cast(Verdict, verdict.decode()) for verdict in pipe.execute()]


def close(redis: Redis, request: GenerationRequest, *, kind: Kind, text: str = "") -> Verdict:
    """End a side from the site; ``held`` when it had ended already, ``lost`` for a wrong fence."""
    place = keys.address(request.fence)
    names = [keys.slot(place), keys.lease(place), keys.events(request.stream)]
    said = [SLOT_SECONDS, request.side, request.attempt, kind, text]
    return cast(Verdict, cast(bytes, redis.eval(scripts.CLOSE.text, 3, *names, *said)).decode())


def announce(redis: Redis, *, stream: str, kind: Kind) -> None:
    """Append an event of the battle itself, such as ``voting_opened``.

    Given a pipeline it waits there for the round trip of whoever executes it.
    """
    event = Event(side="", attempt=0, number=0, kind=kind)
    redis.xadd(keys.events(stream), cast("dict[Any, Any]", encode(event)))
    redis.expire(keys.events(stream), SLOT_SECONDS)


def read(redis: Redis, stream: str) -> list[Event]:
    """All that was said in a battle so far, by the site and by its workers; empty when it has
    expired. Where an attempt is stands in the site's log and is left out."""
    said = []
    for identity, fields in _entries(redis, keys.events(stream)):
        event = decode(fields)
        if event.kind != "opened":
            said.append((_moment(identity, last=True), event))
            continue
        side, attempt = cast(Side, event.side), event.attempt
        for other, words in _entries(redis, keys.answer(event.text)):
            said.append((_moment(other), decode_answer(words, side=side, attempt=attempt)))
    return [event for _, event in sorted(said, key=lambda pair: pair[0])]


def answer(redis: Redis, request: GenerationRequest) -> tuple[list[Event], datetime]:
    """What the worker of an attempt has said, without what no worker of ours says, and when it said
    the last of it by Redis' clock; the epoch for nothing, and for a time of the worker's making."""
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


def text_of(events: Sequence[Event], *, side: Side, attempt: int) -> str:
    """The concatenated deltas of one attempt: what is stored as the answer."""
    return "".join(
        event.text
        for event in events
        if event.side == side and event.attempt == attempt and event.kind == "delta"
    )
