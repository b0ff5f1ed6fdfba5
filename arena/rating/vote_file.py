"""Votes from a CSV file: what can be used, and what cannot with the reason."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Comparisons, Outcome, numbered

REQUIRED = ("model_a", "model_b", "winner")
OPTIONAL = ("voter", "category", "tstamp")
# Measured on both answers: a file that has `bold_a` and `bold_b` has the feature `bold`.
STYLE = ("token_length", "headers", "lists", "bold")


class UnusableFile(ValueError):
    """Nothing in the file can be rated; the message is a sentence for the reader."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that was left out, and why."""

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
    """Read the lines of a vote file called `name`.

    Raises UnusableFile when they are no CSV, lack a column or hold no usable row.
    """
    try:
        rows = csv.reader(lines)
        places = _places([title.strip().lower() for title in next(rows, [])], name)
        good, bad = _sorted_out(rows, places)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnusableFile(f"{name} cannot be read: {error}.") from error
    if not good:
        raise UnusableFile(f"{name} has no usable row ({len(bad)} left out{_example(bad)}).")
    return _columns(dict(zip(places, zip(*good, strict=True), strict=True)), tuple(bad))


def _places(header: list[str], name: str) -> dict[str, int]:
    missing = [title for title in REQUIRED if title not in header]
    if missing:
        raise UnusableFile(f"{name} has no column {', '.join(missing)}.")
    measured = [f"{name}_{side}" for name in STYLE for side in "ab"]
    known = [*REQUIRED, *OPTIONAL, *measured]
    return {title: header.index(title) for title in known if title in header}


def _sorted_out(
    rows: Iterable[list[str]], places: dict[str, int]
) -> tuple[list[tuple[str, ...]], list[BadRow]]:
    good: list[tuple[str, ...]] = []
    bad: list[BadRow] = []
    columns = list(places.values())
    measured = [places[title] for title in places if title not in REQUIRED + OPTIONAL]
    for line, row in enumerate(rows, start=2):
        reason = _flaw(row, columns) or _unmeasured(row, measured)
        if reason is None:
            good.append(tuple(row[i].strip() for i in columns))
        elif row:
            bad.append(BadRow(line, reason))
    return good, bad


def _example(bad: list[BadRow]) -> str:
    return f", first: line {bad[0].line}: {bad[0].reason}" if bad else ""


def _flaw(row: list[str], place: list[int]) -> str | None:
    """Why this row cannot be used."""
    if len(row) <= max(place):
        return "too few fields"
    a, b, winner = (row[i].strip() for i in place[:3])
    if not a or not b:
        return "a model has no name"
    if a == b:
        return f"{a!r} meets itself"
    try:
        Outcome.parse(winner)
    except ValueError:
        return f"winner {winner!r} is unknown"
    return None


def _unmeasured(row: list[str], measured: list[int]) -> str | None:
    """Which style cell holds no size."""
    for cell in (row[i] for i in measured):
        try:
            if not 0.0 <= float(cell) < float("inf"):
                return f"{cell!r} is no size"
        except ValueError:
            return f"{cell!r} is no number"
    return None


def _columns(text: dict[str, tuple[str, ...]], bad: tuple[BadRow, ...]) -> VoteFile:
    models, votes = Comparisons.named(text["model_a"], text["model_b"], text["winner"])
    categories = tuple(sorted(set(text.get("category", ()))))
    category = numbered(text["category"], categories) if categories else None
    features, measured = _style(text)
    votes = replace(votes, voter=_voters(text.get("voter")), features=measured)
    order = _by_time(text.get("tstamp"))
    if order is not None:
        votes = votes.take(order)
        category = None if category is None else category[order]
    return VoteFile(models, votes, categories, category, features, bad)


def _style(
    text: dict[str, tuple[str, ...]],
) -> tuple[tuple[str, ...], NDArray[np.float32] | None]:
    """Relative differences per feature, [n, k]; 0 where both answers have none of it."""
    names = tuple(name for name in STYLE if f"{name}_a" in text and f"{name}_b" in text)
    if not names:
        return (), None
    sides = [[np.array(text[f"{name}_{side}"], dtype=float) for side in "ab"] for name in names]
    relative = [(a - b) / np.maximum(a + b, np.finfo(float).tiny) for a, b in sides]
    return names, np.column_stack(relative).astype(np.float32)


def _voters(words: tuple[str, ...] | None) -> NDArray[np.int64] | None:
    """Numbered voters; an empty cell is nobody known, -1."""
    if words is None:
        return None
    known = ["", *sorted(set(words) - {""})]
    return numbered(words, known).astype(np.int64) - 1


def _by_time(stamps: tuple[str, ...] | None) -> NDArray[np.intp] | None:
    """Order of the time stamps: as numbers where all are numbers, else as text (ISO 8601)."""
    if stamps is None or not all(stamps):
        return None
    try:
        keys: NDArray[Any] = np.array([float(stamp) for stamp in stamps])
    except ValueError:
        keys = np.array(stamps)
    return np.argsort(keys, kind="stable")
