"""One side: a pane gathers its events, a frame says what is new for a reader.

Frames have a closed list of fields. However many events arrive between two frames, a reader gets
one frame a side, so a slow reader costs memory for its answers and not for its delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from arena.core.markdown import render, split_finished
from arena.core.text import tame, tame_piece
from arena.core.veil import Seen
from inference_worker.wire.events import TERMINAL, Event
from inference_worker.wire.messages import FAILURE_CODES, Side

PaneState = Literal["waiting", "streaming", "ended", "failed", "stopped"]
Frame = dict[str, str | int | bool | None]


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
    _html: str = ""
    _more: str = ""
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

    def frame(self) -> Frame | None:
        """What is new since the last frame; None if nothing is."""
        if not self._new:
            return None
        frame: Frame = {
            "type": "side",
            "side": self.side,
            "attempt": self.attempt,
            "number": self.number,
            "state": self.state,
            "reset": self._reset,
            "html": self._html,
            "more": self._more,
            "code": self.code,
        }
        self._html = self._more = ""
        self._reset = self._new = False
        return frame

    def _begin(self, attempt: int) -> None:
        self.attempt, self.state, self.code = attempt, "streaming", ""
        self._show_whole("")

    def _grow(self, added: str) -> None:
        """Parse only when a blank line came in: a token costs a search.

        A list with blank lines in it is one block for as long as it grows. Each parse in vain puts
        the next one off by half the length, so that all parses together cost a few, not thousands.
        """
        border = "\n\n" in self.open[-1:] + added
        self.text += added
        self.open += added
        self._more += added
        if border and len(self.open) >= self._patience:
            finished, rest = split_finished(self.open)
            self._patience = 0 if finished else len(self.open) * 3 // 2
            if finished:
                self._html += render(finished)
                self.open = self._more = rest

    def _finish(self, event: Event) -> None:
        self.state = "ended" if event.kind == "ended" else "failed"
        if event.kind == "stopped":
            self.state = "stopped"
        if event.kind == "failed":
            self.code = event.text if event.text in FAILURE_CODES else "internal"
        self._show_whole(self.text + tame(self._held))

    def _show_whole(self, text: str) -> None:
        """Replace what was shown: the final page is what one rendering of the whole text gives."""
        self.text, self.open, self._more, self._patience, self._held = text, "", "", 0, ""
        self._html = render(text) if text else ""
        self._reset = self._new = True


class Answer(Pane):
    """A side of a veiled battle as the arena has it: gathered, and not made ready to be shown."""

    __slots__ = ()

    def _grow(self, added: str) -> None:
        self.text += added

    def _show_whole(self, text: str) -> None:
        self.text, self._held = text, ""
