"""A board's page: a constant number of queries, and every number already as the text it shows.

Two hundred rows of template filters cost more than the database does, hence the prepared text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext, gettext_noop, ngettext

from arena.boards.models import Board
from arena.boards.selectors import OVERALL, boards
from arena.core.errors import NotFound
from arena.integrity.selectors.public import models_under_review
from arena.leaderboard.selectors.changes import BoardChanges, before, changes, day_before
from arena.leaderboard.selectors.notes import BoardWords, FitNotes, about, notes
from arena.leaderboard.selectors.plot import IntervalMark, PlotAxis, interval_plot
from arena.leaderboard.selectors.standings import BoardLine, BoardStandings, standings
from arena.leaderboard.selectors.view import KEYS, BoardView, SortColumn, options

gettext_noop("Overall")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line as it is shown. ``places``: up since the snapshot before; ``opens_tier``: no line
    above is in so low a tier."""

    line: BoardLine
    mark: IntervalMark | None
    votes: str
    win: str
    rating: str = ""
    interval: str = ""
    ranks: str = ""
    borrowed: str = ""
    places: int = 0
    opens_tier: bool = False
    left: int = 0
    """The votes that a model without a rank still needs for one."""
    accuracy: str = "–"

    @property
    def steps(self) -> int:
        """Return how many places the model moved, up or down."""
        return abs(self.places)


@dataclass(frozen=True, slots=True)
class RankingTable:
    """Rows over one axis, which is None where no line has a number."""

    axis: PlotAxis | None
    rows: list[TableRow]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything that the page shows. ``age`` is rounded, so that it seldom changes.

    What costs most, the plot and the rows, is made only where a page is: not for a 304.
    """

    board: Board
    boards: list[Board]
    standings: BoardStandings
    view: BoardView
    latest: BoardChanges | None
    day: BoardChanges | None
    age: str
    reviewed: tuple[str, ...]
    """The names of models on this board of which an alarm is open."""

    @property
    def facts(self) -> tuple[Any, ...]:
        """Return what the page's bytes are made of, with the language and the form's token."""
        named = [(board.slug, board.name) for board in self.boards]
        snapshot, day = self.standings.snapshot, self.day and self.day.since.pk
        computed = snapshot and snapshot.created_at.isoformat()
        shown = (self.view, self.age, day, self.reviewed)
        return (self.standings.etag, computed, self.board.pk, named, *shown)

    @property
    def table(self) -> RankingTable:
        """Return the rows that were asked for."""
        # Of what stands, not of what is shown: an interval keeps its place whatever the filter.
        axis, marked = interval_plot(self.standings.lines)
        marks = {line.name: mark for line, mark in marked}
        places = self.latest.places if self.latest else {}
        rows: list[TableRow] = []
        lowest = 1
        for line in self.view.pick(self.standings.lines):
            # In any other order than the board's own, tiers are no groups.
            opens = not self.view.sort and line.tier is not None and line.tier > lowest
            lowest = max(lowest, line.tier or 0)
            up = places.get(line.name, 0)
            mark = marks[line.name]
            win = "–" if line.win_percent is None else f"{whole(line.win_percent)}%"
            if line.rating is None:
                left = _votes_left(line, self.standings.min_votes)
                row = TableRow(line, mark, whole(line.vote_count), win, left=left)
            else:
                row = TableRow(
                    line=line,
                    mark=mark,
                    votes=whole(line.vote_count),
                    win=win,
                    rating=whole(line.rating),
                    interval=f"{whole(line.rating_lower)} – {whole(line.rating_upper)}",
                    ranks=f"{line.rank_lower}–{line.rank_upper}"
                    if line.rank_lower != line.rank_upper
                    else "",
                    borrowed="" if line.borrowed is None else f"{whole(100 * line.borrowed)}%",
                    places=up,
                    opens_tier=opens,
                )
            mean = self.standings.accuracy.get(line.model_name)
            rows.append(replace(row, accuracy=f"{whole(mean.percent)}%") if mean else row)
        return RankingTable(axis, rows)

    @property
    def lead(self) -> str:
        """Return who leads and how sure that is, or how far that is away, in one sentence."""
        ranked = [line for line in self.standings.lines if line.rank is not None]
        if not ranked:
            # How far away is the first rank? Nothing is said where votes alone don't lead to one.
            silent = [line for line in self.standings.lines if not line.is_unconnected]
            if not silent:
                return ""
            left = min(_votes_left(line, self.standings.min_votes) for line in silent)
            return ngettext(
                "No model has a rank yet: the nearest needs %(count)d more vote.",
                "No model has a rank yet: the nearest needs %(count)d more votes.",
                left,
            ) % {"count": left}
        name = {"name": ranked[0].display_name}
        level = sum(line.tier == ranked[0].tier for line in ranked) - 1
        if len(ranked) == 1:
            return gettext("%(name)s is the only model with a rank.") % name
        if level == 0:
            return gettext("%(name)s leads, and the votes put it above all others.") % name
        return ngettext(
            "%(name)s is ahead, but the votes do not tell it apart from %(count)d other yet.",
            "%(name)s is ahead, but the votes do not tell it apart from %(count)d others yet.",
            level,
        ) % {**name, "count": level}

    @property
    def about(self) -> BoardWords:
        """Return what the board is confined to."""
        return about(self.board)

    @property
    def notes(self) -> FitNotes:
        """Return what the fit found beside the ratings."""
        return notes(self.standings.snapshot)

    @property
    def first_in_danger(self) -> str:
        """Return the name of the model that would lead without a few of the leader's votes."""
        rival = str((self.notes.first_place or {}).get("rival", ""))
        names = {line.name: line.display_name for line in self.standings.lines}
        return names.get(rival, "")

    @property
    def beside_plain(self) -> list[tuple[str, str, str, str]]:
        """Return name, weighted rating, plain rating and difference of each model of a board that
        speaks for a population."""
        plain = self.notes.population.plain if self.notes.population else {}
        return [
            (
                line.display_name,
                whole(line.rating),
                whole(plain[line.name]),
                f"{line.rating - plain[line.name]:+.0f}",
            )
            for line in self.standings.lines
            if line.rating is not None and line.name in plain
        ]

    @property
    def columns(self) -> dict[str, SortColumn]:
        """Return the headings that sort."""
        return {name: self.view.column(name) for name in KEYS}

    @property
    def choices(self) -> dict[str, list[str]]:
        """Return what the filters offer."""
        lines = self.standings.lines
        return {name: options(lines, name) for name in ("organization", "license", "status")}

    @property
    def interval_kinds(self) -> bool:
        """Return whether each row has to say what its interval rests on."""
        return not self.standings.rests_on


def board_of(slug: str) -> Board:
    """Return the board or its page. Raise NotFound for one that has never been shown."""
    board = Board.objects.filter(slug=slug).first()
    if board is None and slug == OVERALL:
        return Board(slug=OVERALL, name="Overall")
    if board is None or not (board.active or board.snapshots.exists()):
        raise NotFound
    return board


def board_page(slug: str, params: Mapping[str, str], now: datetime) -> BoardPage:
    """Return the board or its page. Raise NotFound for one that has never been shown."""
    board, current, under_review = board_of(slug), standings(slug), models_under_review()
    return BoardPage(
        board=board,
        boards=boards(),
        standings=current,
        view=BoardView.of(params),
        latest=changes(current, before(current.snapshot)),
        day=changes(current, day_before(current.snapshot, now)),
        reviewed=tuple(
            line.display_name for line in current.lines if line.model_name in under_review
        ),
        age=timesince(current.snapshot.created_at, now, depth=1) if current.snapshot else "",
    )


def _votes_left(line: BoardLine, needed: int) -> int:
    """Return the votes that a model without a rank still needs for one."""
    return max(1, needed - line.vote_count)


def whole(value: float | None) -> str:
    """Return the number rounded, with the language's separator of thousands."""
    return "" if value is None else number_format(round(value), force_grouping=True)
