"""Votes from a CSV file: what can be used, and what cannot with the reason."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Comparisons, Outcome
from arena.rating.records import Records

REQUIRED = ("model_a", "model_b", "winner")
OPTIONAL = ("voter", "category", "tstamp")
# Measured on both answers: a file that has `bold_a` and `bold_b` has the feature `bold`.
STYLE = ("token_length", "headers", "lists", "bold")
_BROKEN = -1
_LONGEST_SHOWN = 40
_UNCLOSED = "a quote is not closed"
_NO_TEXT = "a cell is no line of UTF-8 text"


class UnusableFile(ValueError):
    """Nothing in the file can be rated; the message is a sentence for the reader."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, by the number of its first line, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class VoteFile:
    """Votes in the order of their time stamps where all have one, else of the file.

    `models` and `categories` are sorted, so that numbering does not depend on the order of the
    lines; `category` [n] indexes `categories`, None where the file has no such column.
    `features` names the columns of `votes.features`: (a - b) / (a + b) of both answers.
    """

    models: tuple[str, ...]
    votes: Comparisons
    categories: tuple[str, ...]
    category: NDArray[np.int32] | None
    features: tuple[str, ...]
    bad: tuple[BadRow, ...]


def read_votes(lines: Iterable[str], name: str) -> VoteFile:
    """Read the lines, with their ends, of a vote file called `name`.

    Bytes that are no UTF-8 must have been decoded with `surrogateescape`: rows that name them
    are bad. Raises UnusableFile when the file lacks a column or holds no usable row.
    """
    records = Records(lines)
    rows = iter(records)
    header = next((row for row in rows if any(map(str.strip, row))), [])
    places = _places([title.strip().lower() for title in header], name)
    columns, bad = _sorted_out(records, rows, places, len(header))
    if not columns.a:
        raise UnusableFile(f"{name} has no usable row ({len(bad)} left out{_example(bad)}).")
    return _filed(columns, tuple(bad))


def _places(header: list[str], name: str) -> dict[str, int]:
    if any(map(_unreadable, header)):
        raise UnusableFile(f"{name} cannot be read: it is no UTF-8 text.")
    missing = [title for title in REQUIRED if title not in header]
    if missing:
        raise UnusableFile(f"{name} has no column {', '.join(missing)}.")
    measured = [f"{title}_{side}" for title in _measured(header) for side in "ab"]
    known = [title for title in (*REQUIRED, *OPTIONAL, *measured) if title in header]
    twice = [title for title in known if header.count(title) > 1]
    if twice:
        raise UnusableFile(f"{name} has more than one column {', '.join(twice)}.")
    return {title: header.index(title) for title in known}


def _measured(titles: Iterable[str]) -> tuple[str, ...]:
    """Features of which both sides are there."""
    there = set(titles)
    return tuple(name for name in STYLE if {f"{name}_a", f"{name}_b"} <= there)


def _unreadable(word: str) -> bool:
    """Whether bytes of it were no UTF-8."""
    return any("\ud800" <= letter <= "\udfff" for letter in word)


class _Numbers(dict[str, int]):
    """Number of each cell of a column: cells that differ in their margins alone share one.

    An empty cell has 0, one that is no line of text -1; `words` are numbered as they appear.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = {"": 0}

    def __missing__(self, cell: str) -> int:
        word = cell.strip()
        broken = len(word.splitlines()) > 1 or (not word.isascii() and _unreadable(word))
        self[cell] = _BROKEN if broken else self.words.setdefault(word, len(self.words))
        return self[cell]


class _Outcomes(dict[str, int]):
    """Code of each spelling, -1 for what is none."""

    def __missing__(self, cell: str) -> int:
        try:
            self[cell] = int(Outcome.parse(cell))
        except ValueError:
            self[cell] = _BROKEN
        return self[cell]


class _Columns:
    """Usable rows, as they grow: codes for words, numbers for sizes, text for time stamps."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self.features = _measured(places)
        self.has = {title: title in places for title in OPTIONAL}
        self.names, self.winners = _Numbers(), _Outcomes()
        self.voters, self.categories = _Numbers(), _Numbers()
        self.a, self.b, self.outcome = array("i"), array("i"), array("b")
        self.voter, self.category = array("i"), array("i")
        self.stamps: list[str] = []
        self.sizes = array("d")

    def take(self, cells: tuple[str, ...]) -> str | None:
        """Add a row, the cells in the order of the columns; else say what is wrong with it."""
        a, b, outcome = self.names[cells[0]], self.names[cells[1]], self.winners[cells[2]]
        if not (a > 0 and b > 0 and a != b and outcome >= 0):
            return _flaw(a, b, cells)
        rest = iter(cells[3:])
        voter = self.voters[next(rest)] if self.has["voter"] else 0
        category = self.categories[next(rest)] if self.has["category"] else 0
        stamp = next(rest).strip() if self.has["tstamp"] else ""
        if voter == _BROKEN or category == _BROKEN:
            return _NO_TEXT
        try:
            sizes = [_size(cell) for cell in rest]
        except ValueError as flaw:
            return str(flaw)
        self.a.append(a)
        self.b.append(b)
        self.outcome.append(outcome)
        self.voter.append(voter)
        self.category.append(category)
        self.stamps.append(stamp)
        self.sizes.extend(sizes)
        return None


def _flaw(a: int, b: int, cells: tuple[str, ...]) -> str:
    """Why these two models and this winner are no vote."""
    if _BROKEN in (a, b):
        return _NO_TEXT
    if 0 in (a, b):
        return "a model has no name"
    if a == b:
        return f"{_shown(cells[0].strip())} meets itself"
    return f"winner {_shown(cells[2].strip())} is unknown"


def _shown(cell: str) -> str:
    return ascii(cell) if len(cell) <= _LONGEST_SHOWN else ascii(cell[:_LONGEST_SHOWN]) + "..."


def _size(cell: str) -> float:
    """Raises ValueError with the reason."""
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{_shown(cell)} is no number") from None
    if not 0.0 <= value < float("inf"):
        raise ValueError(f"{_shown(cell)} is no size")
    return value


def _sorted_out(
    records: Records, rows: Iterable[list[str]], places: Mapping[str, int], width: int
) -> tuple[_Columns, list[BadRow]]:
    columns, bad = _Columns(places), []
    cells, last = itemgetter(*places.values()), max(places.values())
    for row in rows:
        if records.unclosed:
            reason = _UNCLOSED
        elif len(row) <= last:
            reason = "too few fields"
        else:
            reason = columns.take(cells(row)) or ""
        if reason and any(map(str.strip, row)):
            torn = records.unclosed or len(row) != width or "\n" in "".join(cells(row))
            bad.append(BadRow(records.line, _UNCLOSED if torn and records.reread() else reason))
    return columns, bad


def _example(bad: list[BadRow]) -> str:
    return f", first: line {bad[0].line}: {bad[0].reason}" if bad else ""


def _filed(columns: _Columns, bad: tuple[BadRow, ...]) -> VoteFile:
    both = np.concatenate([np.asarray(columns.a), np.asarray(columns.b)])
    models, place = _ordered(columns.names, both)
    a, b = np.split(place, 2)
    outcome = np.array(columns.outcome, dtype=np.int8)
    votes = Comparisons(a, b, outcome, _voters(columns), features=_relative(columns))
    categories, category = _categories(columns)
    order = _by_time(columns.stamps)
    if order is not None:
        votes = votes.take(order)
        category = None if category is None else category[order]
    return VoteFile(models, votes, categories, category, columns.features, bad)


def _ordered(
    numbers: _Numbers, codes: NDArray[np.int32]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The words that occur, in their own order, and for each code its place among them."""
    found, back = np.unique(codes, return_inverse=True)
    words = list(numbers.words)
    occurring = [words[code] for code in found.tolist()]
    order = sorted(range(len(occurring)), key=occurring.__getitem__)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order))
    return tuple(occurring[i] for i in order), place[back]


def _categories(columns: _Columns) -> tuple[tuple[str, ...], NDArray[np.int32] | None]:
    if not columns.has["category"]:
        return (), None
    return _ordered(columns.categories, np.asarray(columns.category))


def _relative(columns: _Columns) -> NDArray[np.float32] | None:
    """Relative differences per feature, [n, k]; 0 where both answers have none of it."""
    if not columns.features:
        return None
    sizes = np.asarray(columns.sizes).reshape(len(columns.a), len(columns.features), 2)
    sizes = sizes / np.maximum(sizes.max(axis=2, keepdims=True), np.finfo(float).tiny)
    a, b = sizes[:, :, 0], sizes[:, :, 1]
    relative = (a - b) / np.maximum(a + b, np.finfo(float).tiny)
    return np.asarray(relative, dtype=np.float32)


def _voters(columns: _Columns) -> NDArray[np.int64] | None:
    """Voters numbered in the order of their names; -1 where none is known, None where nobody is."""
    words, place = _ordered(columns.voters, np.asarray(columns.voter))
    if words == ("",):
        return None
    return place.astype(np.int64) - int("" in words)


def _by_time(stamps: list[str]) -> NDArray[np.intp] | None:
    """Order of the time stamps: as numbers where all are numbers, else as text (ISO 8601)."""
    if not all(stamps):
        return None
    try:
        return np.argsort([float(stamp) for stamp in stamps], kind="stable")
    except ValueError:
        return np.array(sorted(range(len(stamps)), key=stamps.__getitem__), dtype=np.intp)
