"""Where the marks of a plot stand, as percentages that an SVG takes without a style attribute."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from arena.leaderboard.selectors.history import Point
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
class Place:
    """A point in a box of 100 by 100, as an SVG path takes it."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of ratings that is drawn over the whole width."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """``12.34%`` of the way from low to high."""
        return f"{self.units(value)}%"

    def units(self, value: float) -> str:
        """The same in a box of 100 by 100."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}"

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
class Curve:
    """A rating and its interval over snapshots, as SVG paths in a box of 100 by 100."""

    line: str
    band: str


@dataclass(frozen=True, slots=True)
class HistoryPlot:
    """``curves`` by model; ``ticks``: height and label; ``ends``: first and last ledger number."""

    curves: dict[str, Curve]
    ticks: list[tuple[str, str]]
    ends: tuple[int, int]


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


def history_plot(histories: Mapping[str, Sequence[Point | None]]) -> HistoryPlot | None:
    """All models in one frame, from left to right by ledger entry; None where nothing moved on."""
    points = [point for track in histories.values() for point in track if point]
    numbers = {point.ledger_number for point in points}
    if len(numbers) < 2:
        return None
    ends = (min(numbers), max(numbers))
    axis = axis_of(_heights(points, since=sum(ends) / 2))
    if axis is None:
        return None
    across, upright = Axis(*ends), Axis(axis.high, axis.low)
    ticks = [(upright.place(value), label) for value, label in axis.round_values]
    curves = {slug: _curve(across, upright, track) for slug, track in histories.items()}
    return HistoryPlot(curves, ticks, ends)


def _heights(points: Iterable[Point], *, since: float) -> Iterator[float]:
    """Early intervals are so wide that the ratings would lie on each other: those are cut off."""
    for point in points:
        yield point.rating
        if point.ledger_number >= since:
            yield from (point.rating_lower, point.rating_upper)


def _curve(across: Axis, upright: Axis, track: Sequence[Point | None]) -> Curve:
    """A gap in the numbers is a gap in the curve."""
    stretches = [list(group) for known, group in groupby(track, bool) if known]
    lines, bands = [], []
    for stretch in stretches:
        points = [point for point in stretch if point]
        x = [across.units(point.ledger_number) for point in points]
        middle, low, high = (
            [upright.units(getattr(point, name)) for point in points]
            for name in ("rating", "rating_lower", "rating_upper")
        )
        lines.append(_path(zip(x, middle, strict=True)) + "h0")
        there, back = zip(x, high, strict=True), zip(x[::-1], low[::-1], strict=True)
        bands.append(_path([*there, *back]) + "z")
    return Curve("".join(lines), "".join(bands))


def _path(points: Iterable[tuple[str, str]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _mark(axis: Axis | None, on: Line) -> Mark | None:
    if axis is None or on.rating is None or on.rating_lower is None or on.rating_upper is None:
        return None
    return Mark(axis.place(on.rating_lower), axis.place(on.rating), axis.place(on.rating_upper))


def _round_step(width: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(width))
    return next((s * magnitude for s in STEPS if s * magnitude >= width), 10 * magnitude)
