"""The logs that an open socket follows: that of the battle, and one for each side's attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from msgspec.structs import replace

from arena.live.pacing import BattleView
from inference_worker.wire import keys
from inference_worker.wire.events import FINAL, HIDDEN, StreamEvent, decode, decode_answer
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
    """The id of the last entry that was read."""
    number: int = 0
    """The number of the next event."""
    hidden: int = 0
    """Events so far of which a reader hears nothing, and whose numbers it must not miss."""
    room: int = 0
    """Characters that may still come."""
    begun: bool = False
    """A word of the answer has come."""


class BattleFollower:
    """An open socket: its view, what it has seen, and the event that wakes its sender.

    It follows a single turn. It learns of the attempts that run from the database, and of those
    that begin later from the log of the battle, which also tells of other turns.
    """

    def __init__(
        self,
        stream: str,
        scene: BattleView,
        queues: Mapping[Side, str],
        *,
        turn: int = 0,
        begun: int = 1,
    ) -> None:
        """``turn`` is the number of the turn that is followed, and ``begun`` of the next one."""
        self.turn = turn
        self.begun = begun
        self.has_moved = False
        """True once the battle's newest turn is another one: this view of it is at its end."""
        self.stream = stream
        self.scene = scene
        self.queues = queues
        self.news = asyncio.Event()
        self.own = keys.events(stream)
        self.sources: dict[str, LogSource] = {self.own: LogSource()}

    def expect(self, side: Side, *, attempt: int, address: str) -> None:
        """Read this attempt of the side from now on, and none before it."""
        answer = self.scene.answers.get(side)
        if answer is None:
            return  # nobody answers there
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
        """Return the log of the side's attempt; empty where nobody has named one yet."""
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
                self._take(source, fields, at=position(identity)[0] / 1000)

    def _source_of(self, side: Side) -> str | None:
        return next((name for name, one in self.sources.items() if one.side == side), None)

    def _take(self, source: LogSource, fields: Mapping[bytes, bytes], *, at: float) -> None:
        """Take in an entry. One that cannot be shown must not end the reading for everybody."""
        try:
            event = self._event(source, fields)
            # The log holds all turns that ever began: one that is older than what the database said
            # when the socket opened is none of its business.
            if source.side is not None or event.kind in FINAL:
                is_elsewhere = False
            else:
                another = event.turn != self.turn
                gone = event.kind == "taken_back" and not another
                if gone or (event.kind == "opened" and event.turn >= self.begun):
                    self.has_moved = True
                    self.news.set()
                is_elsewhere = another or gone
            if is_elsewhere:
                return
            if self._is_hidden(event, source):
                return  # nothing of it leaves before the vote, not even that it came
            if event.kind != "opened":
                self.scene.apply(self._renumbered(event, source), at=at)
        except MalformedMessage as error:
            _count_dropped(error)
            return  # no news: a page that hears nothing asks the database
        except Exception:
            log.exception("an event of a stream can't be shown")
        self.news.set()

    def _event(self, source: LogSource, fields: Mapping[bytes, bytes]) -> StreamEvent:
        """Raises MalformedMessage for what nobody of ours has written."""
        if source.side is None:
            event = decode(fields)
            if event.kind == "opened" and event.side and event.turn == self.turn:
                self.expect(event.side, attempt=event.attempt, address=event.text)
            return event
        event = decode_answer(fields, side=source.side, attempt=source.attempt)
        if event.number != source.number:
            raise MalformedMessage("not the event that comes next")
        source.number += 1
        source.begun = source.begun or event.kind == "delta"
        source.hidden += self._is_hidden(event, source)
        if event.kind == "delta":
            event = replace(event, text=event.text[: source.room])
            source.room -= len(event.text)
        return event

    def _is_hidden(self, event: StreamEvent, source: LogSource) -> bool:
        """Return whether a reader hears nothing of an event.

        A worker that fails before the first word may have its side given to another model. Where it
        is not, the site says so itself. A refusal is both sides' end, and is shown at once.
        """
        silent = source.side is not None and not source.begun
        failed = event.kind == "failed" and event.text != "refused"
        return event.kind in HIDDEN or (silent and failed)

    def _renumbered(self, event: StreamEvent, source: LogSource) -> StreamEvent:
        """Return the event with its number among those that are shown, without a gap."""
        if source.side is None and event.side:
            name = self._source_of(event.side)
            source = self.sources[name] if name else source
        if not source.hidden:
            return event
        return replace(event, number=max(0, event.number - source.hidden))


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
