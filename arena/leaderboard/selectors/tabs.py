"""The pages beside a board's table: its matrices and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors.boards import boards
from arena.leaderboard.selectors.filters import Filter
from arena.leaderboard.selectors.history import Point, histories, snapshots_of
from arena.leaderboard.selectors.matrices import TOPS, Matrices, matrices, top_of
from arena.leaderboard.selectors.notes import About, about
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.plot import Curve, HistoryPlot, history_plot
from arena.leaderboard.selectors.standings import Line, Standings, standings
from arena.leaderboard.selectors.tallies import tally

TRACKS = 9
"""Models whose history is drawn."""


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """``matrices`` is None before the first vote; ``tops`` are the sizes on offer."""

    board: Board
    boards: list[Board]
    standings: Standings
    matrices: Matrices | None
    top: int
    tops: tuple[int, ...] = TOPS

    @property
    def about(self) -> About:
        """What the board is confined to."""
        return about(self.board)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``tracks``: line and curve of each model, best first; ``table``: a row per snapshot."""

    board: Board
    boards: list[Board]
    standings: Standings
    plot: HistoryPlot | None
    tracks: list[tuple[Line, Curve]]
    table: list[tuple[Snapshot, list[Point | None]]]

    @property
    def about(self) -> About:
        """What the board is confined to."""
        return about(self.board)


def matrix_page(slug: str, params: Mapping[str, str], today: date) -> MatrixPage:
    """Raises NotFound for a board that has never been shown."""
    board, current, top = board_of(slug), standings(slug), top_of(params.get("top", ""))
    counts = tally(Filter.of_board(board, today)) if current.snapshot else None
    return MatrixPage(
        board=board,
        boards=boards(),
        standings=current,
        matrices=matrices(current.lines, counts, top) if counts else None,
        top=top,
    )


def history_page(slug: str) -> HistoryPage:
    """Raises NotFound for a board that has never been shown."""
    board, current = board_of(slug), standings(slug)
    best = [line for line in current.lines if line.rating is not None][:TRACKS]
    snapshots = snapshots_of(board)
    points = histories(snapshots, [line.model_name for line in best])
    plot = history_plot(points)
    return HistoryPage(
        board=board,
        boards=boards(),
        standings=current,
        plot=plot,
        tracks=[(line, plot.curves[line.model_name]) for line in best] if plot else [],
        table=[
            (snapshot, [points[line.model_name][index] for line in best])
            for index, snapshot in enumerate(snapshots)
        ],
    )
