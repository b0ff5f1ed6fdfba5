"""A board's page: a constant number of queries, and every number already as the text it shows.

Two hundred rows of template filters cost more than the database does, hence the prepared text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext_noop

from arena.core.errors import NotFound
from arena.leaderboard.models import Board
from arena.leaderboard.selectors.boards import boards
from arena.leaderboard.selectors.changes import Changes, before, changes, day_before
from arena.leaderboard.selectors.ledger import OVERALL
from arena.leaderboard.selectors.notes import About, Notes, about, notes
from arena.leaderboard.selectors.plot import Axis, Mark, interval_plot
from arena.leaderboard.selectors.standings import Line, Standings, standings
from arena.leaderboard.selectors.view import KEYS, BoardView, Column, options

gettext_noop("Overall")


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is shown. ``places``: up since the snapshot before; ``opens_tier``: no line
    above is in so low a tier."""

    line: Line
    mark: Mark | None
    votes: str
    win: str
    rating: str = ""
    interval: str = ""
    ranks: str = ""
    borrowed: str = ""
    places: int = 0
    opens_tier: bool = False

    @property
    def steps(self) -> int:
        """How many places, up or down."""
        return abs(self.places)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows over one axis, which is None where no line has a number."""

    axis: Axis | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything that the page shows. ``age`` is rounded, so that it seldom changes.

    What costs most, the plot and the rows, is made only where a page is: not for a 304.
    """

    board: Board
    boards: list[Board]
    standings: Standings
    view: BoardView
    latest: Changes | None
    day: Changes | None
    age: str

    @property
    def facts(self) -> tuple[Any, ...]:
        """What the page's bytes are a function of, with the language and the form's token."""
        named = [(board.slug, board.name) for board in self.boards]
        snapshot, day = self.standings.snapshot, self.day and self.day.since.pk
        computed = snapshot and snapshot.created_at.isoformat()
        return (self.standings.etag, computed, self.board.pk, named, self.view, self.age, day)

    @property
    def table(self) -> Table:
        """The rows that were asked for."""
        # Of what stands, not of what is shown: an interval keeps its place whatever the filter.
        axis, marked = interval_plot(self.standings.lines)
        marks = {line.model_name: mark for line, mark in marked}
        places = self.latest.places if self.latest else {}
        return Table(axis, _rows(self.view, self.standings.lines, marks, places))

    @property
    def about(self) -> About:
        """What the board is confined to."""
        return about(self.board)

    @property
    def notes(self) -> Notes:
        """What the fit found beside the ratings."""
        return notes(self.standings.snapshot)

    @property
    def columns(self) -> dict[str, Column]:
        """The headings that sort."""
        return {name: self.view.column(name) for name in KEYS}

    @property
    def choices(self) -> dict[str, list[str]]:
        """What the filters offer."""
        lines = self.standings.lines
        return {name: options(lines, name) for name in ("organization", "license", "status")}

    @property
    def interval_kinds(self) -> bool:
        """Whether each row has to say what its interval rests on."""
        return not self.standings.rests_on


def board_of(slug: str) -> Board:
    """Raises NotFound for a board that has never been shown."""
    board = Board.objects.filter(slug=slug).first()
    if board is None and slug == OVERALL:
        return Board(slug=OVERALL, name="Overall")
    if board is None or not (board.active or board.snapshots.exists()):
        raise NotFound
    return board


def board_page(slug: str, params: Mapping[str, str], now: datetime) -> BoardPage:
    """Raises NotFound for a board that has never been shown."""
    board, current = board_of(slug), standings(slug)
    return BoardPage(
        board=board,
        boards=boards(),
        standings=current,
        view=BoardView.of(params),
        latest=changes(current, before(current.snapshot)),
        day=changes(current, day_before(current.snapshot, now)),
        age=timesince(current.snapshot.created_at, now, depth=1) if current.snapshot else "",
    )


def _rows(
    view: BoardView,
    lines: Iterable[Line],
    marks: Mapping[str, Mark | None],
    places: Mapping[str, int],
) -> list[Row]:
    rows: list[Row] = []
    lowest = 1
    for line in view.pick(lines):
        # In any other order than the board's own, tiers are no groups.
        opens = not view.sort and line.tier is not None and line.tier > lowest
        lowest = max(lowest, line.tier or 0)
        rows.append(_row(line, marks[line.model_name], places.get(line.model_name, 0), opens))
    return rows


def _row(line: Line, mark: Mark | None, places: int, opens: bool) -> Row:
    win = "–" if line.win_percent is None else f"{whole(line.win_percent)}%"
    if line.rating is None:
        return Row(line, mark, whole(line.vote_count), win)
    return Row(
        line=line,
        mark=mark,
        votes=whole(line.vote_count),
        win=win,
        rating=whole(line.rating),
        interval=f"{whole(line.rating_lower)} – {whole(line.rating_upper)}",
        ranks=f"{line.rank_lower}–{line.rank_upper}" if line.rank_lower != line.rank_upper else "",
        borrowed="" if line.borrowed is None else f"{whole(100 * line.borrowed)}%",
        places=places,
        opens_tier=opens,
    )


def whole(value: float | None) -> str:
    """Rounded, with the language's separator of thousands."""
    return "" if value is None else number_format(round(value), force_grouping=True)
