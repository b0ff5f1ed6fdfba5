"""Two matrices over the same models: how often each pair met, and the win rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arena.leaderboard.selectors.standings import BoardLine
from arena.ledger.selectors.tallies import VoteTally
from arena.rating.comparisons import ties_between, wins_against

TOPS = (10, 20, 30)
"""The numbers of models that a matrix can show."""
SHADES = 5
"""Steps of colour; the text in the cell says the same."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A pair, seen from the model of the row. ``percent`` counts ties of both kinds as half a win.

    ``tone`` of a win rate runs from 1 (loses) to 5 (wins), that of a count from 1 (few) to 5.
    """

    votes: int
    percent: int
    win_tone: int
    count_tone: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The model's cells, None where it did not meet the column's model or is it."""

    line: BoardLine
    cells: list[MatrixCell | None]


@dataclass(frozen=True, slots=True)
class PairMatrices:
    """``total`` models could be shown; ``most`` is the highest count of a pair."""

    rows: list[MatrixRow]
    total: int
    most: int

    @property
    def met(self) -> int:
        """Return how many pairs met."""
        return sum(cell is not None for row in self.rows for cell in row.cells) // 2

    @property
    def pairs(self) -> int:
        """Return how many pairs could have met."""
        return len(self.rows) * (len(self.rows) - 1) // 2


def matrices(lines: Sequence[BoardLine], tally: VoteTally, top: int) -> PairMatrices:
    """Return the matrices of the first ``top`` lines that have votes."""
    place = {slug: index for index, slug in enumerate(tally.slugs)}
    voted = [line for line in lines if line.name in place]
    shown = voted[:top]
    chosen = [place[line.name] for line in shown]
    table = tally.counts.table[chosen][:, chosen]
    won, ties = wins_against(table), ties_between(table)
    votes = won + won.T + ties
    most = int(votes.max(initial=0))
    rows = []
    for line, counts, points in zip(shown, votes.tolist(), won + ties / 2, strict=True):
        cells: list[MatrixCell | None] = []
        for count, sum_of_points in zip(counts, points.tolist(), strict=True):
            cell = None
            if count:
                share = sum_of_points / count
                cell = MatrixCell(
                    votes=count,
                    percent=round(100 * share),
                    win_tone=min(SHADES, 1 + int(SHADES * share)),
                    count_tone=min(SHADES, 1 + int(SHADES * count / most)),
                )
            cells.append(cell)
        rows.append(MatrixRow(line, cells))
    return PairMatrices(rows=rows, total=len(voted), most=most)


def top_of(word: str) -> int:
    """Return the size that the address asks for, if it is on offer."""
    return next((top for top in TOPS if str(top) == word), TOPS[1])
