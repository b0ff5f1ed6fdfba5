"""Rows of a vote file, sorted into columns of codes; what is no vote is named with its reason."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from arena.rating.vote_columns import NUMBERS, ONE_HOT, OPTIONAL, measured
from arena.rating.vote_tables import TableRows
from arena.rating.winners import shown

ITSELF = "meets itself"
"""The end of the reason for a battle of a model with itself."""
_BROKEN = -1
_EMPTY = 0
_UNCLOSED = "a quote is not closed"
_NO_TEXT = "a cell is no line of UTF-8 text"
_FEW_FIELDS = "too few fields"
_SET = {"1", "1.0", "true", "t", "yes", "y"}
_UNSET = {"", "0", "0.0", "false", "f", "no", "n"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, by the number of its first line, and why."""

    line: int
    reason: str


def unreadable(word: str) -> bool:
    """Return whether bytes of the word were no UTF-8."""
    return any("\ud800" <= letter <= "\udfff" for letter in word)


class VoteNumbers(dict[str, int]):
    """Number of each cell of a column: cells that differ in their margins alone share one.

    An empty cell has 0, one that is no line of text -1; `words` are numbered as they appear.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = {"": _EMPTY}

    def __missing__(self, cell: str) -> int:
        word = cell.strip()
        broken = len(word.splitlines()) > 1 or (not word.isascii() and unreadable(word))
        self[cell] = _BROKEN if broken else self.words.setdefault(word, len(self.words))
        return self[cell]

    def listed(self) -> list[str]:
        """Return the words by their numbers."""
        return list(self.words)


class VoteColumns:
    """Usable rows, as they grow: codes for words, numbers for sizes, text for time stamps."""

    def __init__(self, titles: Mapping[str, int]) -> None:
        self.features = measured(titles)
        self.one_hot = [word for title, word in ONE_HOT.items() if title in titles]
        self.has = {title: title in titles for title in OPTIONAL}
        self.number = next((title for title in NUMBERS if title in titles), "")
        self.words, self.voters, self.categories = VoteNumbers(), VoteNumbers(), VoteNumbers()
        self.a, self.b, self.winner, self.lines = array("i"), array("i"), array("i"), array("q")
        self.voter, self.category = array("i"), array("i")
        self.stamps: list[str] = []
        self.numbers: set[str] = set()
        self.repeated = 0
        self.sizes = array("d")

    def take(self, cells: tuple[str, ...], line: int) -> str | None:
        """Add a row, the cells in the order of the columns; else say what is wrong with it."""
        a, b, rest = self.words[cells[0]], self.words[cells[1]], iter(cells[2:])
        if self.one_hot:
            # The word of the one column that is set; what was there where it is not one alone.
            given = [cell.strip().lower() for _, cell in zip(self.one_hot, rest, strict=False)]
            chosen = [word for word, cell in zip(self.one_hot, given, strict=True) if cell in _SET]
            is_one = len(chosen) == 1 and {*given} <= _SET | _UNSET
            winner = self.words[chosen[0] if is_one else "/".join(given)]
        else:
            winner = self.words[next(rest)]
        voter = self.voters[next(rest)] if self.has["voter"] else _EMPTY
        category = self.categories[next(rest)] if self.has["category"] else _EMPTY
        if _BROKEN in (a, b, winner, voter, category):
            return _NO_TEXT
        if _EMPTY in (a, b):
            return "a model has no name"
        if a == b:
            return f"{shown(cells[0].strip())} {ITSELF}"
        self.stamps.append(next(rest).strip() if self.has["tstamp"] else "")
        if self.number:
            number = next(rest).strip()
            self.repeated += bool(number) and number in self.numbers
            self.numbers.add(number)
        self.sizes.extend(map(_size, rest))
        self.lines.append(line)
        self.a.append(a)
        self.b.append(b)
        self.winner.append(winner)
        self.voter.append(voter)
        self.category.append(category)
        return None


def _size(cell: str) -> float:
    """NaN for what is no number from 0 on."""
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if 0.0 <= value < np.inf else np.nan


def sorted_out(
    source: TableRows, rows: Iterable[list[str]], titles: Mapping[str, int], width: int
) -> tuple[VoteColumns, list[BadRow]]:
    """Take all rows after the header, which has this width; return what they are and are not."""
    columns, bad = VoteColumns(titles), []
    cells, last = itemgetter(*titles.values()), max(titles.values())
    for row in rows:
        if source.unclosed:
            reason = _UNCLOSED
        elif len(row) <= last:
            reason = _FEW_FIELDS
        else:
            reason = columns.take(cells(row), source.line) or ""
        if reason and any(map(str.strip, row)):
            torn = source.unclosed or len(row) != width or "\n" in "".join(cells(row))
            bad.append(BadRow(source.line, _UNCLOSED if torn and source.reread() else reason))
    return columns, bad
