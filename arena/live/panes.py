"""One side: a pane gathers its events, a frame says what is new for a reader.

Frames have a closed list of fields. However many events arrive between two frames, a reader gets
what is new of a side once, so a slow reader costs memory for its answers and not for its delay.
Markdown is parsed when a frame is made and not when an event comes, so that whoever sends frames
may have it parsed beforehand, in a thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal, cast

from arena.core.markdown import render_blocks, split_finished
from arena.core.text import tame, tame_piece
from arena.core.veil import Seen
from inference_worker.wire.events import CUT, TERMINAL, Event
from inference_worker.wire.messages import FAILURE_CODES, Side

PaneState = Literal["waiting", "streaming", "ended", "failed", "stopped"]
Frame = dict[str, str | int | bool | None]

FRAME_BYTES = 60_000
"""Of text and HTML in one frame, so that all of it stays within 64 KB."""
LONG_CHARACTERS = 1_000
OPEN_CHARACTERS = 12_000
"""Of open text in one frame; as JSON it has at most four bytes for each."""


@dataclass(slots=True)
class Pane:
    """One side as a reader has it. ``html`` is finished, ``open`` may still grow."""

    side: Side
    attempt: int = 0
    number: int = -1
    state: PaneState = "waiting"
    code: str = ""
    text: str = ""
    open: str = ""
    _blocks: list[str] = field(default_factory=list)
    """HTML that no frame has had yet."""
    _more: str = ""
    _whole: bool = False
    """Whether all of the text is to be rendered anew."""
    _border: bool = False
    """Whether a blank line has come since the open text was parsed."""
    _reset: bool = True
    _new: bool = True
    _patience: int = 0
    """How long the open text must be before it is parsed again."""
    _held: str = ""
    """The end of what came in that the next event may change."""

    def load(self, *, attempt: int, state: PaneState, text: str, code: str) -> None:
        """Take a side that has ended from the database: nothing older can change it any more."""
        self.attempt, self.state, self.code = attempt, state, code
        self._show_whole(tame(text))

    def expect(self, attempt: int) -> None:
        """Wait for this attempt: nothing of an older one is shown any more."""
        self.attempt, self.state, self.code = attempt, "waiting", ""
        self._show_whole("")

    def apply(self, event: Event) -> None:
        """Take an event of this side; one of an older or an ended attempt changes nothing."""
        if event.attempt < self.attempt or (self.over and event.attempt == self.attempt):
            return
        if event.kind in ("started", "restarted") or event.attempt > self.attempt:
            self._begin(event.attempt)
        if event.kind == "delta":
            added, self._held = tame_piece(self._held + event.text)
            self._grow(added)
        elif event.kind in TERMINAL:
            self._finish(event)
        self.number, self._new = event.number, True

    @property
    def is_refused(self) -> bool:
        """Whether its model refused the question, or the other one did."""
        return self.state == "failed" and self.code == "refused"

    def refuse(self) -> None:
        """Clear it and let it end as refused, unless it has failed or been stopped already."""
        if self.state not in ("failed", "stopped"):
            self.state, self.code = "failed", "refused"
            self._show_whole("")

    @property
    def seen(self) -> Seen:
        """What a reader could be shown of it."""
        return Seen(self.state, self.text, self.code)

    @property
    def over(self) -> bool:
        """Whether this attempt has come to its end."""
        return self.state in TERMINAL

    def show(self, seen: Seen, *, anew: bool) -> None:
        """Show so much of an answer that is gathered elsewhere; ``anew``: what was shown goes.

        Unless anew, a text that still runs begins with what is shown of it already.
        """
        if seen == self.seen and not anew:
            return
        self.state, self.code, self._new = cast(PaneState, seen.state), seen.code, True
        if anew:
            self._show_whole("")
        if self.over:
            self._show_whole(seen.text)
        else:
            self._grow(seen.text[len(self.text) :])

    @property
    def parses_long(self) -> bool:
        """Whether the next frame parses a text for which an event loop should not wait."""
        return len(self.text if self._whole else self.open if self._parts else "") > LONG_CHARACTERS

    def parse_ahead(self) -> None:
        """Parse as the next frame will, which then has the result; changes nothing here, so that a
        thread may do it."""
        if self._whole:
            render_blocks(self.text)
        else:
            render_blocks(split_finished(self.open)[0])

    def frames(self) -> list[Frame]:
        """Return what is new since the last call, in as many frames as it takes; often in none.

        All but the last of them say that the side still streams: their text is not all there is.
        """
        if not self._new:
            return []
        self._parse()
        frames = [self._frame(html, more) for html, more in _packed(self._blocks, self._more)]
        for frame in frames[1:]:
            frame["reset"] = False
        for frame in frames[:-1] if self.over else []:
            frame |= {"state": "streaming", "code": ""}
        self._blocks, self._more = [], ""
        self._reset = self._new = False
        return frames

    def _frame(self, html: str, more: str) -> Frame:
        return {
            "type": "side",
            "side": self.side,
            "attempt": self.attempt,
            "number": self.number,
            "state": self.state,
            "reset": self._reset,
            "html": html,
            "more": more,
            "code": self.code,
        }

    def _begin(self, attempt: int) -> None:
        self.attempt, self.state, self.code = attempt, "streaming", ""
        self._show_whole("")

    def _grow(self, added: str) -> None:
        self._border = self._border or "\n\n" in self.open[-1:] + added
        self.text += added
        self.open += added
        self._more += added

    @property
    def _parts(self) -> bool:
        """Whether the next frame parses the open text."""
        return self._border and len(self.open) >= self._patience

    def _parse(self) -> None:
        """Parse only when a blank line came in: a token costs a search.

        A list with blank lines in it is one block for as long as it grows. Each parse in vain puts
        the next one off by half the length, so that all parses together cost a few, not thousands.
        """
        if self._whole:
            self._blocks, self._whole = render_blocks(self.text), False
        elif self._parts:
            finished, rest = split_finished(self.open)
            self._border = False
            self._patience = 0 if finished else len(self.open) * 3 // 2
            if finished:
                self._blocks += render_blocks(finished)
                self.open = self._more = rest

    def _finish(self, event: Event) -> None:
        self.state = "ended" if event.kind == "ended" else "failed"
        if event.kind == "stopped":
            self.state = "stopped"
        if event.kind == "ended":
            self.code = CUT if event.text == CUT else ""
        if event.kind == "failed":
            self.code = event.text if event.text in FAILURE_CODES else "internal"
        self._show_whole(self.text + tame(self._held))

    def _show_whole(self, text: str) -> None:
        """Replace what was shown: the final page is what one rendering of the whole text gives."""
        self.text, self.open, self._more, self._patience, self._held = text, "", "", 0, ""
        self._blocks, self._border = [], False
        self._whole = bool(text)
        self._reset = self._new = True


class Answer(Pane):
    """A side of a veiled battle as the arena has it: gathered, and not made ready to be shown."""

    __slots__ = ()

    def _grow(self, added: str) -> None:
        self.text += added

    def _show_whole(self, text: str) -> None:
        self.text, self._held = text, ""


def _packed(blocks: list[str], more: str) -> list[tuple[str, str]]:
    """Return HTML and open text of each frame, in order; at least one, which may be empty."""
    starts = range(0, len(more), OPEN_CHARACTERS)
    pieces = [(block, "") for block in blocks]
    pieces += [("", more[start : start + OPEN_CHARACTERS]) for start in starts]
    frames: list[tuple[str, str]] = [("", "")]
    room = FRAME_BYTES
    for html, text in pieces:
        size = len(json.dumps(html + text, ensure_ascii=False).encode())
        if size > room:
            frames.append(("", ""))
            room = FRAME_BYTES
        room -= size
        frames[-1] = (frames[-1][0] + html, frames[-1][1] + text)
    return frames
