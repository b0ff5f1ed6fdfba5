"""What a page is told of a battle, and when: `live`, as it comes, or `veiled`, in step.

A live battle's panes take each event as it comes. A veiled battle's events go to answers that no
reader sees, and ``core.veil`` says how much of both its panes show. That rests on what both sides
are at the moment and on nothing that came before, so a reload, a second tab and whoever comes late
see what everybody sees:

- A side that begins another attempt, because its worker was lost, clears both panes alike. It is
  the only thing that takes back what was shown.
- A retry takes both sides (see ``retry_battle``). As soon as one of them is heard of, what the
  other had said before is gone, too: else it would come back for as long as it waits in line.
- A question that one side refuses is refused by both at that moment (see ``finish_generation``).
- A side that comes from the database, because it ended, is an answer like any other.
- The place in line is the nearer one of those sides that wait, and says not which.
- A veiled frame's attempt and number are always the same, and both sides' frames come together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from arena.core.veil import in_step
from arena.live.panes import Answer, Frame, Pane
from inference_worker.wire.events import FINAL, Event
from inference_worker.wire.messages import SIDES, Side

_OTHER: dict[Side, Side] = {"a": "b", "b": "a"}


@dataclass(slots=True)
class Scene:
    """Both panes and the battle around them."""

    state: str
    """The battle's state; kept up to date from the events until it is over."""
    veiled: bool = False
    panes: dict[str, Pane] = field(default_factory=lambda: {side: Pane(side) for side in SIDES})
    """What a reader has of both sides."""
    answers: dict[str, Pane] = field(init=False)
    """What the arena has of both: the panes themselves, unless they are veiled."""
    ahead: int | None = None
    voting: bool = False
    _told: tuple[str, int | None] | None = None
    _attempts: tuple[int, ...] = ()
    """Those that the veiled panes show."""

    def __post_init__(self) -> None:
        self.answers = {side: Answer(side) for side in SIDES} if self.veiled else self.panes

    def apply(self, event: Event) -> None:
        """Take an event of the battle or of one of its sides."""
        if event.kind == "voting_opened":
            self.voting = True
        elif event.side:
            self._take(event, event.side)
        if self.state not in FINAL:
            self.state = event.kind if event.kind in FINAL else self._derived()

    def frames(self) -> list[Frame]:
        """What a reader has not been told yet: sides first, then the battle."""
        if self.veiled:
            self._lift()
        frames = [frame for pane in self.panes.values() for frame in pane.frames()]
        ahead = self.ahead if self.waiting else None
        if (self.state, ahead) != self._told:
            self._told = (self.state, ahead)
            frames.append({"type": "battle", "state": self.state, "ahead": ahead})
        return frames

    def long_parses(self) -> list[Callable[[], None]]:
        """Return what the next frames parse that is long; to be called beforehand, in a thread."""
        if self.veiled:
            self._lift()
        return [pane.parse_ahead for pane in self.panes.values() if pane.parses_long]

    @property
    def waiting(self) -> list[Side]:
        """Sides that no worker has claimed yet."""
        return [answer.side for answer in self.answers.values() if answer.state == "waiting"]

    @property
    def complete(self) -> bool:
        """Whether both answers ended well."""
        return all(answer.state == "ended" for answer in self.answers.values())

    def _take(self, event: Event, side: Side) -> None:
        answer, other = self.answers[side], self.answers[_OTHER[side]]
        attempt, over = answer.attempt, answer.over and other.over
        answer.apply(event)
        if event.kind == "failed" and answer.is_refused and answer.attempt == event.attempt:
            other.refuse()
        elif self.veiled and over and answer.attempt > attempt:
            other.expect(other.attempt + 1)

    def _lift(self) -> None:
        """Show what both sides may show by now."""
        attempts = tuple(answer.attempt for answer in self.answers.values())
        shown = any(pane.text for pane in self.panes.values())
        anew, self._attempts = shown and attempts != self._attempts, attempts
        seen = in_step([answer.seen for answer in self.answers.values()])
        for pane, part in zip(self.panes.values(), seen, strict=True):
            pane.show(part, anew=anew)

    def _derived(self) -> str:
        states = {answer.state for answer in self.answers.values()}
        if states & {"waiting", "streaming"}:
            return "generating"
        if states == {"ended"}:
            return "voting" if self.voting else "generating"
        return "stopped" if "stopped" in states else "failed"
