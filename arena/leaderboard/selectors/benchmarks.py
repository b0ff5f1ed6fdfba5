"""The page of benchmark scores: a table with an average, and how each agrees with the votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from arena.benchmarks.catalogue import Benchmark, benchmarks
from arena.benchmarks.correlation import RankAgreement
from arena.benchmarks.selectors import (
    ScoredModel,
    default_columns,
    scored_models,
)
from arena.boards.models import Board
from arena.boards.selectors import OVERALL, boards
from arena.core.amounts import short_count
from arena.leaderboard.selectors.agreement import BoardAgreement, board_agreements
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.plot import LogAxis
from arena.leaderboard.selectors.view import LONGEST

AVERAGE = "average"
RANK = "mean-rank"
ORDERS = (AVERAGE, RANK, "parameters", "name")
"""What the table can be sorted by, beside the benchmarks."""


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The scores that a visitor asked to see. `columns` are the benchmarks of the average.

    `sort` is a benchmark's key or one of ORDERS, downwards with a minus; `weights` is "open",
    "closed" or empty.
    """

    columns: tuple[str, ...]
    q: str = ""
    size: str = ""
    weights: str = ""
    licence: str = ""
    sort: str = AVERAGE
    board: str = OVERALL

    @classmethod
    def of(cls, params: Mapping[str, str], columns: list[str]) -> Self:
        """Read the words of an address; what can't be understood is left out.

        `columns` are those that the address names, in any order.
        """
        given = {
            name: params.get(name, "").strip()[:LONGEST]
            for name in ("q", "size", "weights", "licence", "sort", "board")
        }
        chosen = tuple(key for key in benchmarks() if key in columns) or default_columns()
        known = given["sort"].removeprefix("-") in (*benchmarks(), *ORDERS)
        return cls(
            columns=chosen,
            **{
                **given,
                "sort": given["sort"] if known else AVERAGE,
                "board": given["board"] or OVERALL,
            },
        )

    def by(self, sort: str) -> str:
        """Return the words of the address that sort by this column."""
        words = {name: getattr(self, name) for name in ("q", "size", "weights", "licence")}
        given = [(name, value) for name, value in words.items() if value]
        columns = () if self.columns == default_columns() else self.columns
        board = [("board", self.board)] if self.board != OVERALL else []
        return urlencode([*given, *(("column", key) for key in columns), *board, ("sort", sort)])

    def pick(self, models: list[ScoredModel]) -> list[ScoredModel]:
        """Return the models that were asked for, best or smallest first, or with a minus from the
        largest value down; those without the value last."""
        words = self.q.casefold().split()
        is_open = {"open": True, "closed": False}.get(self.weights)
        picked = [
            model
            for model in models
            for text in [f"{model.name} {model.slug} {model.organization}".casefold()]
            if all(word in text for word in words)
            and self.size in ("", model.size_class)
            and (is_open is None or model.has_open_weights is is_open)
            and self.licence in ("", model.licence)
        ]
        column, falls = self.sort.removeprefix("-"), self.sort.startswith("-")
        if column == "name":
            return sorted(picked, key=lambda model: model.name.casefold(), reverse=falls)
        known = [(place, model) for model in picked if (place := _place(model, column)) is not None]
        # Scores and averages fall already without a minus: there the largest value is the best.
        turned = falls and column in (RANK, "parameters")
        known.sort(key=lambda pair: pair[0], reverse=turned)
        return [model for _, model in known] + [
            model for model in picked if _place(model, column) is None
        ]


@dataclass(frozen=True, slots=True)
class ScoreMark:
    """A model in the plot of size against average, in percent of its width and height."""

    name: str
    left: str
    top: str


@dataclass(frozen=True, slots=True)
class ScorePage:
    """Everything that the page shows.

    `agreements` are those of every one of `boards`, also of those that were not chosen.
    """

    view: ScoreView
    board: Board
    boards: list[Board]
    columns: list[Benchmark]
    catalogue: list[Benchmark]
    rows: list[ScoredModel]
    total: int
    agreements: list[BoardAgreement]
    marks: list[ScoreMark]
    ticks: list[tuple[str, str]]
    sizes: list[str]
    licences: list[str]

    @property
    def own_agreements(self) -> list[BoardAgreement]:
        """Return those of the chosen board, the strongest first."""
        return [one for one in self.agreements if one.board == self.board]

    @property
    def by_board(self) -> list[tuple[Benchmark, list[RankAgreement | None]]]:
        """Return each benchmark with its agreement on each board that has one, None where the two
        can't be compared; nothing where no other board than the chosen one has any."""
        if all(one.board == self.board for one in self.agreements):
            return []
        found = {(one.benchmark.key, one.board.pk): one.found for one in self.agreements}
        rows = [
            (each, [found.get((each.key, board.pk)) for board in self.compared_boards])
            for each in self.catalogue
        ]
        return [(each, row) for each, row in rows if any(row)]

    @property
    def compared_boards(self) -> list[Board]:
        """Return the boards on which a benchmark can be compared, in their order."""
        compared = {one.board.pk for one in self.agreements}
        return [board for board in self.boards if board.pk in compared]

    @property
    def percents(self) -> list[tuple[int, str]]:
        """Return the scores that the plot has a line for, with the place of each line."""
        return [(percent, f"{100 - percent}%") for percent in (0, 25, 50, 75, 100)]

    @property
    def headings(self) -> dict[str, str]:
        """Return the words of the address that sort by what is no benchmark."""
        return {sort.replace("-", "_"): self.view.by(sort) for sort in ORDERS}

    @property
    def column_headings(self) -> list[tuple[Benchmark, str]]:
        """Return each column with the words of the address that sort by it."""
        return [(column, self.view.by(column.key)) for column in self.columns]

    @property
    def cells(self) -> list[tuple[ScoredModel, list[object]]]:
        """Return each row with its scores, one a column, None where it is missing."""
        return [(row, [row.scores.get(column.key) for column in self.columns]) for row in self.rows]


def score_page(params: Mapping[str, str], columns: list[str]) -> ScorePage:
    """Return the page for the words of an address. Raises NotFound for an unknown board."""
    view = ScoreView.of(params, columns)
    board = board_of(view.board)
    models = scored_models(view.columns)
    rows = view.pick(models)
    shown = boards()
    shown += [] if board.pk is None or board in shown else [board]
    marks, ticks = _size_plot(rows)
    return ScorePage(
        view=view,
        board=board,
        boards=shown,
        columns=[benchmarks()[key] for key in view.columns],
        catalogue=list(benchmarks().values()),
        rows=rows,
        total=len(models),
        agreements=board_agreements(models, shown),
        marks=marks,
        ticks=ticks,
        sizes=sorted({model.size_class for model in models}),
        licences=sorted({model.licence for model in models if model.licence}),
    )


def _place(model: ScoredModel, column: str) -> float | None:
    """Return what the column sorts by, the smallest first; None stands for a missing value."""
    score = model.scores.get(column)
    better: dict[str, float | None] = {
        AVERAGE: None if model.average is None else -model.average,
        RANK: model.mean_rank,
        "parameters": model.parameters,
    }
    return better.get(column, None if score is None else -score.percent)


def _size_plot(rows: list[ScoredModel]) -> tuple[list[ScoreMark], list[tuple[str, str]]]:
    """Return the marks of models with a size and an average, and the ticks of the size's axis.

    The size is drawn by its logarithm, because models differ by factors and not by amounts.
    """
    known = [
        (row, row.parameters, row.average)
        for row in rows
        if row.parameters and row.average is not None
    ]
    if len(known) < 2:
        return [], []
    axis = LogAxis.over(size for _, size, _ in known)
    marks = [
        ScoreMark(row.name, axis.place(size), f"{100 - average:.2f}%")
        for row, size, average in known
    ]
    return marks, axis.ticks(lambda size: short_count(round(size)))
