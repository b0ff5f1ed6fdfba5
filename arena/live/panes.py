"""A side of a battle: a pane collects its events, a frame contains what is new for a reader.

Frames have a closed list of fields. However many events arrive between two frames, a reader gets
the news of a side once, so a slow reader costs memory for its answers and not for its delay.
Markdown is parsed when a frame is made and not when an event arrives, so that the sender of frames
may have it parsed in advance, in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from arena.battles.lockstep import AnswerProgress, VisibleState
from arena.battles.states import ABSENT, SITE_FAILURES
from arena.core.text import strip_unsafe_characters, strip_unsafe_piece
from arena.rendering.markdown import render_blocks, split_finished
from inference_worker.wire.detections import places_in
from inference_worker.wire.events import CUTS, TERMINAL, StreamEvent
from inference_worker.wire.messages import FAILURE_CODES, Side

SideViewState = Literal["waiting", "streaming", "ended", "failed", "stopped"]
Frame = dict[str, Any]

FRAME_BYTES = 60_000
"""The text and HTML in one frame, so that the whole frame has at most 64 KB."""
PLACES_BYTES = 40_000
"""The places of a side in a frame; further ones are stored and not drawn."""
LONG_CHARACTERS = 1_000
_CODES: dict[str, Collection[str]] = {
    "ended": CUTS,
    "failed": SITE_FAILURES.union(FAILURE_CODES),
    "stopped": (ABSENT,),
}
"""The codes with which a side may end, by its state."""
OPEN_CHARACTERS = 12_000
"""The open text in one frame; as JSON a character takes at most four bytes."""


@dataclass(slots=True)
class SideView:
    """A side as a reader sees it. ``html`` is finished, ``open`` may still grow."""

    side: Side
    attempt: int = 0
    number: int = -1
    state: SideViewState = "waiting"
    code: str = ""
    text: str = ""
    places: list[dict[str, Any]] = field(default_factory=list)
    """The places in the pictures that the answer has named so far."""
    open: str = ""
    _blocks: list[str] = field(default_factory=list)
    """HTML that no frame has had yet."""
    _more: str = ""
    _whole: bool = False
    """True if the whole text has to be rendered again."""
    _border: bool = False
    """True if a blank line has arrived since the open text was parsed."""
    _reset: bool = True
    _new: bool = True
    _pointed: bool = True
    """True if no frame has had the places that there are now."""
    _patience: int = 0
    """The length of open text from which it is parsed again."""
    _held: str = ""
    """The end of what came in that the next event may change."""

    def load(self, *, attempt: int, state: SideViewState, text: str, code: str) -> None:
        """Take a side that has ended from the database: nothing older can change it any more."""
        self.attempt, self.state, self.code = attempt, state, code
        self._show_whole(strip_unsafe_characters(text))

    def point(self, places: list[dict[str, Any]]) -> None:
        """Show these places, of which a frame has room for the first ones."""
        room, kept = PLACES_BYTES, []
        for place in places:
            room -= len(json.dumps(place))
            kept += [place] if room > 0 else []
        if kept != self.places:
            self.places, self._pointed, self._new = kept, True, True

    def expect(self, attempt: int) -> None:
        """Wait for this attempt: nothing of an older one is shown any more."""
        self.attempt, self.state, self.code = attempt, "waiting", ""
        self.point([])
        self._show_whole("")

    def apply(self, event: StreamEvent) -> None:
        """Take an event of this side; one of an older or an ended attempt changes nothing."""
        if event.attempt < self.attempt or (self.over and event.attempt == self.attempt):
            return
        if event.kind in ("started", "restarted") or event.attempt > self.attempt:
            self.attempt, self.state, self.code = event.attempt, "streaming", ""
            self.point([])
            self._show_whole("")
        if event.kind == "detection":
            found = [place.to_json() for place in places_in([event.text])]
            self.point([*self.places, *found])
        if event.kind == "delta":
            added, self._held = strip_unsafe_piece(self._held + event.text)
            self._grow(added)
        elif event.kind in TERMINAL:
            self.state = cast(SideViewState, event.kind)
            unknown = "internal" if event.kind == "failed" else ""
            self.code = event.text if event.text in _CODES[self.state] else unknown
            self._show_whole(self.text + strip_unsafe_characters(self._held))
        self.number, self._new = event.number, True

    @property
    def is_refused(self) -> bool:
        """Return whether its model refused the question, or the other one did."""
        return self.state == "failed" and self.code == "refused"

    def refuse(self) -> None:
        """Clear it and let it end as refused, unless it has failed or been stopped already."""
        if self.state not in ("failed", "stopped"):
            self.state, self.code = "failed", "refused"
            self.point([])
            self._show_whole("")

    @property
    def seen(self) -> VisibleState:
        """Return as much of it as a reader could be shown."""
        return VisibleState(self.state, self.text, self.code)

    @property
    def over(self) -> bool:
        """Return whether this attempt has come to its end."""
        return self.state in TERMINAL

    def show(self, seen: VisibleState, *, anew: bool) -> None:
        """Show so much of an answer that is gathered elsewhere; ``anew``: what was shown goes.

        Unless anew, a text that still runs begins with what is shown of it already.
        """
        if seen == self.seen and not anew:
            return
        self.state, self.code, self._new = cast(SideViewState, seen.state), seen.code, True
        if anew:
            self._show_whole("")
        if self.over:
            self._show_whole(seen.text)
        else:
            self._grow(seen.text[len(self.text) :])

    @property
    def parses_long(self) -> bool:
        """Return whether the next frame parses a text for which an event loop should not wait."""
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
        frames: list[Frame] = [
            {
                "type": "side",
                "side": self.side,
                "attempt": self.attempt,
                "number": self.number,
                "state": self.state,
                "reset": self._reset,
                "html": html,
                "more": more,
                "code": self.code,
                "places": None,
            }
            for html, more in _packed(self._blocks, self._more)
        ]
        for frame in frames[1:]:
            frame["reset"] = False
        if self._pointed:
            # A frame of their own: with the last text they could be more than a frame may hold.
            last = {"reset": False, "html": "", "more": "", "places": self.places}
            frames += [{**frames[-1], **last}] if self.places else []
            frames[0]["places"] = [] if not self.places else None
            self._pointed = False
        for frame in frames[:-1] if self.over else []:
            frame |= {"state": "streaming", "code": ""}
        self._blocks, self._more = [], ""
        self._reset = self._new = False
        return frames

    def _grow(self, added: str) -> None:
        self._border = self._border or "\n\n" in self.open[-1:] + added
        self.text += added
        self.open += added
        self._more += added

    @property
    def _parts(self) -> bool:
        """Return whether the next frame parses the open text."""
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

    def _show_whole(self, text: str) -> None:
        """Replace what was shown: the final page is what one rendering of the whole text gives."""
        self.text, self.open, self._more, self._patience, self._held = text, "", "", 0, ""
        self._blocks, self._border = [], False
        self._whole = bool(text)
        self._reset = self._new = True


@dataclass(slots=True)
class SideBuffer(SideView):
    """A side of a veiled battle as the arena has it: gathered, and not made ready to be shown."""

    progress: AnswerProgress = field(default_factory=AnswerProgress)
    _noted: int = 0
    """The attempt of which the progress is."""

    def note(self, seconds: float) -> None:
        """Remember that it had at this time, since the question, what it has now."""
        if self.attempt != self._noted:
            self.progress, self._noted = AnswerProgress(), self.attempt
        progress = self.progress
        if self.state != "waiting":
            progress.begun = min(progress.begun, seconds)
        if len(self.text) > progress.length:
            progress.grown.append((len(self.text), seconds))
        if self.over:
            progress.over = min(progress.over, seconds)

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
