"""Positions of the marks of a plot, in percent, which an SVG takes without a style."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Self

from django.utils.formats import date_format

from arena.leaderboard.selectors.history import RatingPoint
from arena.leaderboard.selectors.standings import BoardLine

STEPS = (1, 2, 2.5, 5)
TICKS = 4
_LEFT, _WIDTH = 4.0, 92.0
"""Percent of a plot's width before the first mark of a LogAxis, and that the marks spread over."""


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """An interval and its middle. Strings, because a localised number is no coordinate."""

    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """A point in a box of 100 by 100, as an SVG path takes it."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class PlotAxis:
    """A stretch of ratings that is drawn over the whole width."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """Return the place as in ``12.34%`` of the way from low to high."""
        return f"{self.units(value)}%"

    def units(self, value: float) -> str:
        """Return the place in a box of 100 by 100."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}"

    @property
    def round_values(self) -> list[tuple[float, str]]:
        """Return a few round numbers within, with their labels."""
        width = (self.high - self.low) / TICKS
        magnitude = 10.0 ** math.floor(math.log10(width))
        step = next((s * magnitude for s in STEPS if s * magnitude >= width), 10 * magnitude)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [(n * step, f"{n * step:g}") for n in range(first, last + 1)]

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Return place and label of the round numbers."""
        return [(self.place(value), label) for value, label in self.round_values]


@dataclass(frozen=True, slots=True)
class LogAxis:
    """A stretch between two powers of ten, drawn by their logarithm, with some room at its ends."""

    low: int
    high: int

    @classmethod
    def over(cls, values: Iterable[float]) -> Self:
        """Return the stretch that holds these positive values."""
        powers = [math.log10(value) for value in values]
        low = math.floor(min(powers))
        return cls(low, max(math.ceil(max(powers)), low + 1))

    def place(self, value: float) -> str:
        """Return the place as in ``12.34%`` of the whole width."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return f"{_LEFT + _WIDTH * share:.2f}%"

    def ticks(self, label: Callable[[float], str]) -> list[tuple[str, str]]:
        """Return place and label of each power of ten."""
        powers = (10.0**power for power in range(self.low, self.high + 1))
        return [(self.place(value), label(value)) for value in powers]


@dataclass(frozen=True, slots=True)
class RatingCurve:
    """A rating and its interval over snapshots, as SVG paths in a box of 100 by 100."""

    line: str
    band: str


@dataclass(frozen=True, slots=True)
class HistoryPlot:
    """``curves`` by model; ``ticks``: height and label; ``ends``: first and last ledger number;
    ``times``: when the first and the last snapshot were computed."""

    curves: dict[str, RatingCurve]
    ticks: list[tuple[str, str]]
    ends: tuple[int, int]
    times: tuple[datetime, datetime]

    @property
    def dates(self) -> tuple[str, str]:
        """Return the ends of the time as a reader needs them: with hours within one day."""
        form = "H:i" if self.times[0].date() == self.times[1].date() else "SHORT_DATE_FORMAT"
        first, last = (date_format(time, form) for time in self.times)
        return first, last


def axis_of(values: Iterable[float | None]) -> PlotAxis | None:
    """Return an axis with some air at both ends; None where there is nothing to draw."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    air = max((max(known) - min(known)) * 0.04, 1.0)
    return PlotAxis(min(known) - air, max(known) + air)


def interval_plot(
    lines: Sequence[BoardLine],
) -> tuple[PlotAxis | None, list[tuple[BoardLine, IntervalMark | None]]]:
    """Return one axis for all lines, and each line with its mark, None where it has no number."""
    axis = axis_of(v for line in lines for v in (line.rating_lower, line.rating_upper))
    marked: list[tuple[BoardLine, IntervalMark | None]] = []
    for line in lines:
        ends = (line.rating_lower, line.rating, line.rating_upper)
        places = [axis.place(end) for end in ends if axis is not None and end is not None]
        marked.append((line, IntervalMark(*places) if len(places) == len(ends) else None))
    return axis, marked


def history_plot(histories: Mapping[str, Sequence[RatingPoint | None]]) -> HistoryPlot | None:
    """Return all models in one frame, by ledger entry; None where nothing moved on."""
    points = [point for track in histories.values() for point in track if point]
    numbers = {point.ledger_number for point in points}
    if len(numbers) < 2:
        return None
    ends = (min(numbers), max(numbers))
    # Early intervals are so wide that the ratings would lie on each other: those are cut off.
    late = [point for point in points if point.ledger_number >= sum(ends) / 2]
    bounds = [bound for point in late for bound in (point.rating_lower, point.rating_upper)]
    axis = axis_of([*(point.rating for point in points), *bounds])
    if axis is None:
        return None
    across, upright = PlotAxis(*ends), PlotAxis(axis.high, axis.low)
    ticks = [(upright.place(value), label) for value, label in axis.round_values]
    curves = {slug: _curve(across, upright, track) for slug, track in histories.items()}
    times = [point.at for point in points]
    return HistoryPlot(curves, ticks, ends, (min(times), max(times)))


def _curve(across: PlotAxis, upright: PlotAxis, track: Sequence[RatingPoint | None]) -> RatingCurve:
    """Return the curve of a track; a gap in the numbers is a gap in the curve."""
    lines, bands = [], []
    for known, group in groupby(track, bool):
        points = [point for point in group if point]
        if not known:
            continue
        middle, low, high = (
            _within(upright, [(point.ledger_number, getattr(point, name)) for point in points])
            for name in ("rating", "rating_lower", "rating_upper")
        )
        lines.append(_path(across, upright, middle) + "h0")
        bands.append(_path(across, upright, [*high, *low[::-1]]) + "z")
    return RatingCurve("".join(lines), "".join(bands))


def _within(upright: PlotAxis, edge: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the edge of a band as far as it lies in the frame, along whose side it runs beyond."""
    low, high = sorted((upright.low, upright.high))
    kept = edge[:1]
    for (x0, y0), (x1, y1) in pairwise(edge):
        crossed = [
            (x0 + (x1 - x0) * (side - y0) / (y1 - y0), side)
            for side in (low, high)
            if (y0 - side) * (y1 - side) < 0
        ]
        kept += [*sorted(crossed), (x1, y1)]
    return [(x, min(max(y, low), high)) for x, y in kept]


def _path(across: PlotAxis, upright: PlotAxis, points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{across.units(x)} {upright.units(y)}" for x, y in points)
