"""Boards and diagnoses as text: JSON, CSV, or a table for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TABLE = ("rank", "model", "rating", "rating_lower", "rating_upper", "tier", "votes", "state")


def as_rows(board: Sequence[Mapping[str, Any]], form: str) -> str:
    """Return a row for each model; the table has the columns that people read first."""
    if form == "json":
        return _json(list(board))
    if form == "csv":
        return _csv(list(board[0]), board)
    columns = (("category",) if "category" in board[0] else ()) + _TABLE
    return _aligned([columns, *([_cell(row[name]) for name in columns] for row in board)])


def as_figures(answers: Mapping[str, Any], form: str) -> str:
    """Return a nested object, or a figure on each line with the path that leads to it."""
    if form == "json":
        return _json(answers)
    figures = list(_figures(answers, ()))
    if form == "csv":
        rows = [{"figure": ".".join(path), "value": value} for path, value in figures]
        return _csv(["figure", "value"], rows)
    return _aligned([[" ".join(path).replace("_", " "), _cell(value)] for path, value in figures])


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _csv(titles: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=titles, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _figures(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Leaves of nested mappings; a list is one figure."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _figures(part, (*path, str(name)))
    else:
        yield path, value


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in lines)
    return "".join(line.rstrip() + "\n" for line in padded)


def _cell(value: Any) -> str:
    """Return the text for a terminal: characters that could move the cursor are spelt out."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value)) or "-"
    if isinstance(value, Mapping):
        return "-"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))
