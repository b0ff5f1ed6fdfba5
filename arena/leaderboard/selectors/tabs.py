"""The pages beside a board's table: its matrices and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arena.boards.models import Board, Snapshot
from arena.boards.selectors import boards
from arena.leaderboard.selectors.history import RatingPoint, histories, snapshots_of
from arena.leaderboard.selectors.matrices import TOPS, PairMatrices, matrices, top_of
from arena.leaderboard.selectors.notes import BoardWords, about
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.plot import HistoryPlot, RatingCurve, history_plot
from arena.leaderboard.selectors.standings import BoardLine, BoardStandings, standings
from arena.ledger.selectors.tallies import VoteTally

TRACKS = 9
"""Models whose history is drawn."""


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """``matrices`` is None before the first vote; ``tops`` are the sizes on offer."""

    board: Board
    boards: list[Board]
    standings: BoardStandings
    matrices: PairMatrices | None
    top: int
    tops: tuple[int, ...] = TOPS

    @property
    def about(self) -> BoardWords:
        """Return what the board is confined to."""
        return about(self.board)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``tracks``: line and curve of each model, best first; ``table``: a row per snapshot."""

    board: Board
    boards: list[Board]
    standings: BoardStandings
    plot: HistoryPlot | None
    tracks: list[tuple[BoardLine, RatingCurve]]
    table: list[tuple[Snapshot, list[RatingPoint | None]]]

    @property
    def about(self) -> BoardWords:
        """Return what the board is confined to."""
        return about(self.board)


def matrix_page(board: Board, params: Mapping[str, str], counts: VoteTally) -> MatrixPage:
    """Return the page of a board whose filter finds these counts."""
    current, top = standings(board.slug), top_of(params.get("top", ""))
    return MatrixPage(
        board=board,
        boards=boards(),
        standings=current,
        matrices=matrices(current.lines, counts, top) if current.snapshot else None,
        top=top,
    )


def history_page(slug: str) -> HistoryPage:
    """Return the history of a board. Raise NotFound for one that has never been shown."""
    board, current = board_of(slug), standings(slug)
    best = [line for line in current.lines if line.rating is not None][:TRACKS]
    snapshots = snapshots_of(board)
    points = histories(snapshots, [line.name for line in best])
    plot = history_plot(points)
    return HistoryPage(
        board=board,
        boards=boards(),
        standings=current,
        plot=plot,
        tracks=[(line, plot.curves[line.name]) for line in best] if plot else [],
        table=[
            (snapshot, [points[line.name][index] for line in best])
            for index, snapshot in enumerate(snapshots)
        ],
    )
