"""The visible part of two answers that are shown in step, so that pace and order name no model.

A voter who knows that one model is fast and another slow, or that one tends to fail, could tell
them apart by watching. So what is shown follows a timetable that is the same for all models:

- Nothing is shown in the first ``VEILED_SECONDS`` after the question. The text begins at the first
  boundary of the grid (that time, then every ``GRID`` seconds) at which both answers have begun.
- From then on both panes get a piece every ``BEAT`` seconds, ``VEILED_PACE`` tokens a second,
  however fast the answers are written. The one that is shorter stands still when it is all shown.
- Where an answer that still runs lacks the next piece, both wait for the next boundary of the grid.
- States, failures and the vote come at the first boundary at which both answers are over and the
  timetable has had the time for the longer one.

What an answer had at which time is known from its log and does not depend on who looks: a reload, a
second tab and a late visitor see the same.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings

from arena.battles.states import ABSENT

GRID, BEAT = 2.0, 0.5
_TOKEN_CHARACTERS = 4

_RUNNING = {"waiting", "streaming"}


class VisibleState(NamedTuple):
    """The visible part of an answer: the state of its pane, its text and a code if it failed."""

    state: str
    text: str
    code: str


@dataclass(slots=True)
class AnswerProgress:
    """The times at which parts of an answer were there, in seconds since the question."""

    begun: float = math.inf
    """When a worker took it."""
    grown: list[tuple[int, float]] = field(default_factory=list)
    """Lengths in characters, with the times at which it had them."""
    over: float = math.inf

    @property
    def length(self) -> int:
        """Return the number of characters so far."""
        return self.grown[-1][0] if self.grown else 0

    def has(self, length: int) -> float:
        """Return the time from which it has so many characters, or has ended with fewer."""
        place = bisect_left(self.grown, (length, -math.inf))
        return self.grown[place][1] if place < len(self.grown) else self.over


class VisibleProgress(NamedTuple):
    """The part of two running answers that may be shown at some time."""

    begun: bool
    characters: int
    """The characters of each, at most."""
    due: float
    """The time from which it may be more; infinite where that depends on the answers."""


def piece_characters() -> int:
    """Return the number of characters of a piece."""
    return max(1, round(settings.VEILED_PACE * _TOKEN_CHARACTERS * BEAT))


def boundary_from(seconds: float) -> float:
    """Return the first boundary of the grid that is not before this time."""
    if seconds == math.inf:
        return math.inf
    floor = settings.VEILED_SECONDS
    return floor + GRID * max(0.0, math.ceil((seconds - floor) / GRID - 1e-9))


def progress_at(answers: Sequence[AnswerProgress], seconds: float) -> VisibleProgress:
    """Return what the timetable shows of these answers by this time."""
    taken = boundary_from(max(answer.begun for answer in answers))
    at = boundary_from(max(answer.has(1) for answer in answers))
    longest, shown = max(answer.length for answer in answers), 0
    piece = piece_characters()
    while at <= seconds and shown < longest:
        ready = max(answer.has(shown + piece) for answer in answers)
        if ready > at:
            at = boundary_from(ready)
            continue
        shown, at = shown + piece, at + BEAT
    due = at if taken <= seconds else min(at, taken)
    return VisibleProgress(taken <= seconds, shown, due if due > seconds else math.inf)


def settled_at(lengths: Sequence[int], over: float) -> float:
    """Return when two answers may be shown whole that were over at this time, both in seconds since
    the question."""
    pieces = math.ceil(max(lengths, default=0) / piece_characters())
    return boundary_from(max(over, settings.VEILED_SECONDS + BEAT * pieces))


def most_characters(seconds: float) -> int:
    """Return how many characters the timetable can have shown by then, of any answer."""
    late = seconds - settings.VEILED_SECONDS
    return piece_characters() * (1 + math.floor(late / BEAT)) if late >= 0 else 0


def seconds_for(first: float, pace: float, tokens: float) -> float:
    """Return how long nothing has to be shown so that both panes need not wait for a model: one
    with this time to its first text and this pace in tokens a second, at answers of this length."""
    late = tokens * (1.0 / pace - 1.0 / settings.VEILED_PACE) if pace > 0 else math.inf
    return first + max(0.0, late)


def hidden_parts(seen: VisibleProgress, answers: Sequence[VisibleState]) -> list[VisibleState]:
    """Return the visible part of two answers before the site has said what became of them."""
    state = "streaming" if seen.begun else "waiting"
    return [VisibleState(state, answer.text[: seen.characters], "") for answer in answers]


def settled_parts(answers: Sequence[VisibleState], most: int) -> list[VisibleState]:
    """Return the visible part of two answers of which neither runs any more.

    Where one was stopped both look stopped, with as much of each as both have, and at most ``most``
    characters. Otherwise a stop would show which one had ended by then, to a voter who may start
    both again and vote. Both say why, if the arena stopped them.
    """
    if not any(answer.state in {*_RUNNING, "stopped"} for answer in answers):
        return list(answers)
    most = min(most, *(len(answer.text) for answer in answers))
    most -= most % piece_characters()
    absent = any((answer.state, answer.code) == ("stopped", ABSENT) for answer in answers)
    code = ABSENT if absent else ""
    return [VisibleState("stopped", answer.text[:most], code) for answer in answers]
