"""The part of a battle that a page shows now: `live`, as it arrives, or `veiled`, by a timetable.

The panes of a live battle take each event as it arrives. The events of a veiled battle go to
answers that no reader sees, and ``battles.lockstep`` decides how much of them both panes show. This
depends only on what the logs say and on the time, so a reload, a second tab and a late visitor see
what everybody sees:

- A side that begins another attempt, because its worker was lost, clears both panes alike. Nothing
  else takes back what was shown.
- A retry takes both sides (see ``retry_battle``). As soon as an event of one side arrives, the
  earlier text of the other is cleared, too. Otherwise it would reappear while that side waits.
- A question that one side refuses is refused by both (see ``finish_generation``).
- A side that ended is read from its log like one that runs, and from the database where the log is
  gone.
- That both answers are over, and how, is shown when the site says so (see ``settle_battle``).
- The place in the queue is the better one of the sides that wait, and does not say which.
- A veiled frame's attempt and number are always the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arena.battles import lockstep
from arena.battles.states import ABSENT
from arena.live.panes import Frame, SideBuffer, SideView
from inference_worker.wire.events import FINAL, TERMINAL, Kind, StreamEvent
from inference_worker.wire.messages import SIDES, Side

LAG_SECONDS = 0.25
"""A veiled battle is shown as it was this long ago: what its logs say of that time has come."""
_OTHER: dict[Side, Side] = {"a": "b", "b": "a"}
_SETTLED = FINAL | {"voting_opened", "answered", "failed", "stopped"}


@dataclass(slots=True)
class BattleView:
    """A battle as a reader sees it: both panes and the state of the battle."""

    state: str
    """The battle's state; kept up to date from the events until it is over."""
    veiled: bool = False
    sides: Sequence[Side] = SIDES
    """The sides that answer: one alone in a conversation with one model."""
    panes: dict[str, SideView] = field(init=False)
    """The sides as a reader sees them."""
    answers: dict[str, SideView] = field(init=False)
    """The sides as the arena has them: the same panes, unless they are veiled."""
    ahead: int | None = None
    ready: str = ""
    """The state behind the last answer, once the database has reached it."""
    asked: float = 0.0
    """When the newest question was asked, in seconds of Unix time."""
    settled: bool = False
    """The site has said what became of both answers; only asked of a veiled battle."""
    stopped_at: int = 0
    """The characters of each answer that a veiled battle can have shown when it was stopped."""
    _due: float = math.inf
    _told: tuple[str, int | None] | None = None
    _attempts: tuple[int, ...] = ()
    """The attempts that the veiled panes show."""

    def __post_init__(self) -> None:
        self.panes = {side: SideView(side) for side in self.sides}
        self.answers = self.panes
        if self.veiled:
            self.answers = {side: SideBuffer(side) for side in self.sides}

    def apply(self, event: StreamEvent, *, at: float = 0.0) -> None:
        """Take an event of the battle or of one of its sides, and when it was written."""
        if event.side and event.side in self.answers:
            answer = self.answers[event.side]
            other = self.answers.get(_OTHER[event.side], answer)
            attempt, over = answer.attempt, answer.over and other.over
            answer.apply(event)
            if event.kind == "failed" and answer.is_refused and answer.attempt == event.attempt:
                other.refuse()
            elif self.veiled and over and answer.attempt > attempt:
                other.expect(other.attempt + 1)
                self.settled, self.asked = False, at
            for one in self.answers.values():
                if isinstance(one, SideBuffer):
                    one.note(at - self.asked)
        # An end of both answers may be one of earlier attempts.
        elif not event.side and not (
            event.kind in TERMINAL
            and event.attempt < max(answer.attempt for answer in self.answers.values())
        ):
            self._settle(event.kind, at, code=event.text)
        if self.state not in FINAL:
            self.state = event.kind if event.kind in FINAL else self._derived()

    def _settle(self, kind: Kind, at: float, *, code: str) -> None:
        """Take what the site says of both answers."""
        if kind in ("voting_opened", "answered"):
            self.ready = "voting" if kind == "voting_opened" else "answered"
        if kind in _SETTLED:
            self.settled = True
            self.stopped_at = lockstep.most_characters(at - self.asked)
        if kind == "stopped":
            for answer in self.answers.values():
                answer.state, answer.code = "stopped", code if code == ABSENT else ""

    def frames(self, now: float | None = None) -> list[Frame]:
        """Return what a reader has not been told yet: sides first, then the battle. ``now`` is in
        seconds of Unix time."""
        if self.veiled:
            self._lift(time.time() if now is None else now)
        frames = [frame for pane in self.panes.values() for frame in pane.frames()]
        ahead = self.ahead if self.waiting else None
        if (self.state, ahead) != self._told:
            self._told = (self.state, ahead)
            frames.append({"type": "battle", "state": self.state, "ahead": ahead})
        return frames

    def long_parses(self) -> list[Callable[[], None]]:
        """Return what the next frames parse that is long; to be called beforehand, in a thread."""
        if self.veiled:
            self._lift(time.time())
        return [pane.parse_ahead for pane in self.panes.values() if pane.parses_long]

    @property
    def waiting(self) -> list[Side]:
        """Sides that no worker has claimed yet."""
        return [answer.side for answer in self.answers.values() if answer.state == "waiting"]

    @property
    def complete(self) -> bool:
        """Return whether both answers ended well."""
        return all(answer.state == "ended" for answer in self.answers.values())

    def seconds_left(self) -> float:
        """Return for how long the next frames can be the same, where no event comes; infinite for
        what depends on events alone."""
        return max(0.0, self._due - time.time())

    def _lift(self, now: float) -> None:
        """Show what both sides may show by now."""
        attempts = tuple(answer.attempt for answer in self.answers.values())
        shown = any(pane.text for pane in self.panes.values())
        anew, self._attempts = shown and attempts != self._attempts, attempts
        for pane, part, answer in zip(
            self.panes.values(), self._seen(now), self.answers.values(), strict=True
        ):
            pane.show(part, anew=anew)
            pane.point([one for one in answer.places if one.get("end", 0) <= len(part.text)])

    def _seen(self, now: float) -> list[lockstep.VisibleState]:
        seen, self._due = [answer.seen for answer in self.answers.values()], math.inf
        if self.settled:
            return lockstep.settled_parts(seen, self.stopped_at)
        noted = [one.progress for one in self.answers.values() if isinstance(one, SideBuffer)]
        progress = lockstep.progress_at(noted, now - self.asked - LAG_SECONDS)
        self._due = self.asked + LAG_SECONDS + progress.due
        return lockstep.hidden_parts(progress, seen)

    def _derived(self) -> str:
        states = {answer.state for answer in self.answers.values()}
        if self.veiled and not self.settled:
            return "generating"
        if states & {"waiting", "streaming"}:
            return "generating"
        if states == {"ended"}:
            return self.ready or "generating"
        return "stopped" if "stopped" in states else "failed"
