"""Where the marks of a plot stand, as percentages that an SVG takes without a style attribute."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arena.leaderboard.selectors.models import Point
from arena.leaderboard.selectors.standings import Line

STEPS = (1, 2, 2.5, 5)
TICKS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """An interval and its middle. Strings, because a localised number is no coordinate."""

    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of ratings that is drawn over the whole width."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """``12.34%`` of the way from low to high."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"

    @property
    def round_values(self) -> list[tuple[float, str]]:
        """A few round numbers within, with their labels."""
        step = _round_step((self.high - self.low) / TICKS)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [(n * step, f"{n * step:g}") for n in range(first, last + 1)]

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Place and label of the round numbers."""
        return [(self.place(value), label) for value, label in self.round_values]


@dataclass(frozen=True, slots=True)
class History:
    """``marks``: place from left to right and the upright interval; ``ticks``: height and label."""

    marks: list[tuple[str, Mark | None]]
    ticks: list[tuple[str, str]]


def axis_of(values: Iterable[float | None]) -> Axis | None:
    """An axis with some air at both ends; None where there is nothing to draw."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    air = max((max(known) - min(known)) * 0.04, 1.0)
    return Axis(min(known) - air, max(known) + air)


def interval_plot(lines: Sequence[Line]) -> tuple[Axis | None, list[tuple[Line, Mark | None]]]:
    """One axis for all lines, and each line with its mark, None where it has no number."""
    axis = axis_of(v for line in lines for v in (line.rating_lower, line.rating_upper))
    return axis, [(line, _mark(axis, line)) for line in lines]


def history_plot(points: Sequence[Point]) -> History | None:
    """Ratings from left to right on an upright axis; None where there is no line to draw."""
    axis = axis_of(v for p in points for v in (p.rating_lower, p.rating_upper))
    if axis is None or len(points) < 2:
        return None
    across, upright = Axis(-0.5, len(points) - 0.5), Axis(axis.high, axis.low)
    marks = [_mark(upright, point) for point in points]
    places = [across.place(index) for index in range(len(points))]
    ticks = [(upright.place(value), label) for value, label in axis.round_values]
    return History(list(zip(places, marks, strict=True)), ticks)


def _mark(axis: Axis | None, on: Line | Point) -> Mark | None:
    if axis is None or on.rating is None or on.rating_lower is None or on.rating_upper is None:
        return None
    return Mark(axis.place(on.rating_lower), axis.place(on.rating), axis.place(on.rating_upper))


def _round_step(width: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(width))
    return next((s * magnitude for s in STEPS if s * magnitude >= width), 10 * magnitude)
