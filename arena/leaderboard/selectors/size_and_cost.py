"""The page of what a model takes for its rating: parameters, price, and its measured accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format

from arena.benchmarks.selectors import default_columns, scored_models
from arena.boards.models import Board
from arena.boards.selectors import boards
from arena.catalog.models import ModelCard
from arena.core.amounts import short_count
from arena.leaderboard.selectors.notes import BoardWords, about
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.plot import LogAxis, PlotAxis, axis_of
from arena.leaderboard.selectors.standings import (
    BoardLine,
    BoardStandings,
    MeanAccuracy,
    standings,
)
from arena.spending.selectors import budgets


@dataclass(frozen=True, slots=True)
class ModelMeans:
    """A rated model with its place in the table, the price of a million tokens written, and what
    was measured: None where it is not known."""

    number: int
    line: BoardLine
    price: Decimal | None
    accuracy: MeanAccuracy | None
    benchmarks: float | None
    """The average over the benchmarks that the page of benchmarks opens with."""

    @property
    def size(self) -> str:
        """Return the parameters as in "7B"; empty where they are unknown."""
        return short_count(self.line.parameters) if self.line.parameters else ""


@dataclass(frozen=True, slots=True)
class ScatterMark:
    """A model in a plot against its rating, in percent of width and height; upright the interval
    with its middle."""

    number: int
    name: str
    left: str
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class ScatterPlot:
    """Marks between the ticks of both axes: place and label of each."""

    marks: list[ScatterMark]
    across: list[tuple[str, str]]
    upright: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SizeAndCostPage:
    """The rated models, the best first. A plot is None with fewer than two models to show."""

    board: Board
    boards: list[Board]
    standings: BoardStandings
    rows: list[ModelMeans]
    size: ScatterPlot | None
    cost: ScatterPlot | None

    @property
    def about(self) -> BoardWords:
        """Return what the board is confined to."""
        return about(self.board)

    @property
    def measured(self) -> bool:
        """Return whether the accuracy of some model was measured."""
        return any(row.accuracy or row.benchmarks is not None for row in self.rows)


def size_and_cost_page(slug: str) -> SizeAndCostPage:
    """Return the page of a board. Raise NotFound for one that has never been shown."""
    board, current = board_of(slug), standings(slug)
    rated = [line for line in current.lines if line.rating is not None]
    slugs = {line.model_name for line in rated}
    cards = dict(ModelCard.objects.filter(slug__in=slugs).values_list("pk", "slug"))
    found = budgets(cards)
    prices = {cards[key]: one.price_output for key, one in found.items() if one.price_output}
    scores = {model.slug: model.average for model in scored_models(default_columns())}
    rows = [
        ModelMeans(
            number,
            line,
            price=prices.get(line.model_name),
            accuracy=current.accuracy.get(line.model_name),
            benchmarks=scores.get(line.model_name),
        )
        for number, line in enumerate(rated, 1)
    ]
    return SizeAndCostPage(
        board=board,
        boards=boards(),
        standings=current,
        rows=rows,
        size=_plot(rows, lambda row: row.line.parameters, lambda size: short_count(round(size))),
        cost=_plot(rows, lambda row: float(row.price or 0), lambda price: number_format(price)),
    )


def _plot(
    rows: Sequence[ModelMeans],
    measure: Callable[[ModelMeans], float | None],
    label: Callable[[float], str],
) -> ScatterPlot | None:
    """Return the ratings over the logarithm of a measure: models differ in it by factors."""
    known = [(row, value) for row in rows if (value := measure(row))]
    bounds = [b for row, _ in known for b in (row.line.rating_lower, row.line.rating_upper)]
    axis = axis_of(bounds)
    if len(known) < 2 or axis is None:
        return None
    across, upright = LogAxis.over([value for _, value in known]), PlotAxis(axis.high, axis.low)
    marks = [
        ScatterMark(
            row.number,
            row.line.display_name,
            across.place(value),
            upright.place(row.line.rating_lower or 0.0),
            upright.place(row.line.rating or 0.0),
            upright.place(row.line.rating_upper or 0.0),
        )
        for row, value in known
    ]
    ticks = [(upright.place(value), words) for value, words in axis.round_values]
    return ScatterPlot(marks, across.ticks(label), ticks)
