"""What one open socket follows: the battle's own log, and one for either side's attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.conf import settings

from arena.live.pacing import Scene
from inference_worker.wire import keys
from inference_worker.wire.events import Event, decode, decode_answer
from inference_worker.wire.messages import MalformedMessage, Side
from inference_worker.wire.stream import position

log = logging.getLogger(__name__)

START = b"0-0"
Entry = tuple[bytes, Mapping[bytes, bytes]]


@dataclass(slots=True)
class LogSource:
    """A log that is read for a follower: the battle's own, or the one of a side's attempt."""

    side: Side | None = None
    attempt: int = 0
    address: str = ""
    seen: bytes = START
    """Of the last entry that was taken."""
    number: int = 0
    """Of the event that comes next."""
    room: int = 0
    """Characters that may still come."""


class Follower:
    """One open socket: its scene, what it has seen, and the event that wakes its sender.

    Where the attempts are it is told from the database, for those that run, and by the battle's
    log, for those that begin later.
    """

    def __init__(self, stream: str, scene: Scene, queues: Mapping[Side, str]) -> None:
        self.stream = stream
        self.scene = scene
        self.queues = queues
        self.news = asyncio.Event()
        self.own = keys.events(stream)
        self.sources: dict[str, LogSource] = {self.own: LogSource()}

    def expect(self, side: Side, *, attempt: int, address: str) -> None:
        """Read this attempt of the side from now on, and none before it."""
        answer = self.scene.answers[side]
        if attempt < answer.attempt or (attempt == answer.attempt and answer.over):
            return
        before = self._source_of(side)
        if before is not None and self.sources[before].attempt > attempt:
            return
        name = keys.answer(address)
        if before == name:
            return
        if before is not None:
            del self.sources[before]
        room = settings.ANSWER_MAX_CHARACTERS
        self.sources[name] = LogSource(side, attempt, address, room=room)

    def address(self, side: Side) -> str:
        """Where the side's attempt is; empty where nobody has said so yet."""
        name = self._source_of(side)
        return self.sources[name].address if name else ""

    def feed(self, name: str, entries: Iterable[Entry]) -> None:
        """Take entries of one log in order; those that were seen already are passed over."""
        source = self.sources.get(name)
        if source is None:
            return
        for identity, fields in entries:
            if position(identity) > position(source.seen):
                source.seen = identity
                self._take(source, fields)

    def _source_of(self, side: Side) -> str | None:
        return next((name for name, one in self.sources.items() if one.side == side), None)

    def _take(self, source: LogSource, fields: Mapping[bytes, bytes]) -> None:
        """One entry that can't be shown must not end the reading for everybody."""
        try:
            event = self._event(source, fields)
            if event.kind != "opened":
                self.scene.apply(event)
        except MalformedMessage as error:
            _count_dropped(error)
            return  # no news: a page that hears nothing asks the database
        except Exception:
            log.exception("an event of a stream can't be shown")
        self.news.set()

    def _event(self, source: LogSource, fields: Mapping[bytes, bytes]) -> Event:
        """Raises MalformedMessage for what nobody of ours has written."""
        if source.side is None:
            event = decode(fields)
            if event.kind == "opened" and event.side:
                self.expect(event.side, attempt=event.attempt, address=event.text)
            return event
        event = decode_answer(fields, side=source.side, attempt=source.attempt)
        if event.number != source.number:
            raise MalformedMessage("not the event that comes next")
        source.number += 1
        if event.kind == "delta":
            event = replace(event, text=event.text[: source.room])
            source.room -= len(event.text)
        return event


def dropped() -> int:
    """Entries of workers' logs that nobody of ours wrote, in this process."""
    return _dropped


_dropped = 0


def _count_dropped(error: MalformedMessage) -> None:
    """The first in a process is logged with its reason; whoever writes them could write many."""
    global _dropped  # a counter of the process
    if not _dropped:
        log.warning("dropped an entry of a stream, the first of this process: %s", error)
    _dropped += 1
