"""Who met whom, how often, and how it went: two matrices over the same models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arena.leaderboard.selectors.standings import Line
from arena.leaderboard.selectors.tallies import Tally
from arena.rating.comparisons import beat, drawn

TOPS = (10, 20, 30)
"""How many models a matrix can show."""
SHADES = 5
"""Steps of colour; the text in the cell says the same."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair, seen from the row's model. ``percent`` counts ties of both kinds as half a win.

    ``tone`` of a win rate runs from 1 (loses) to 5 (wins), that of a count from 1 (few) to 5.
    """

    votes: int
    percent: int
    win_tone: int
    count_tone: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The model's cells, None where it did not meet the column's model or is it."""

    line: Line
    cells: list[Cell | None]


@dataclass(frozen=True, slots=True)
class Matrices:
    """``total`` models could be shown; ``most`` is the highest count of a pair."""

    rows: list[MatrixRow]
    total: int
    most: int

    @property
    def met(self) -> int:
        """Pairs that met."""
        return sum(cell is not None for row in self.rows for cell in row.cells) // 2

    @property
    def pairs(self) -> int:
        """Pairs that could have met."""
        return len(self.rows) * (len(self.rows) - 1) // 2


def matrices(lines: Sequence[Line], tally: Tally, top: int) -> Matrices:
    """Over the first ``top`` lines that have votes."""
    place = {slug: index for index, slug in enumerate(tally.slugs)}
    voted = [line for line in lines if line.model_name in place]
    shown = voted[:top]
    chosen = [place[line.model_name] for line in shown]
    table = tally.counts.table[chosen][:, chosen]
    won, ties = beat(table), drawn(table)
    votes = won + won.T + ties
    most = int(votes.max(initial=0))
    return Matrices(
        rows=[
            MatrixRow(
                line,
                [
                    _cell(int(n), float(points), most) if n else None
                    for n, points in zip(votes[i], won[i] + ties[i] / 2, strict=True)
                ],
            )
            for i, line in enumerate(shown)
        ],
        total=len(voted),
        most=most,
    )


def top_of(word: str) -> int:
    """What the address asks for, if it is on offer."""
    return next((top for top in TOPS if str(top) == word), TOPS[1])


def _cell(votes: int, points: float, most: int) -> Cell:
    share = points / votes
    return Cell(
        votes=votes,
        percent=round(100 * share),
        win_tone=min(SHADES, 1 + int(SHADES * share)),
        count_tone=min(SHADES, 1 + int(SHADES * votes / most)),
    )
