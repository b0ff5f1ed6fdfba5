"""Votes of compar:IA: the name of the chosen model, or a column that says that both are equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from arena.imports.vote_rows import ChangedRows
from arena.rating.vote_columns import KNOWN
from arena.rating.vote_file import VoteFile, read_rows
from arena.rating.vote_tables import TableRows, UnusableFile, table

TITLE = "votes of compar:IA (Parquet, CSV, JSON lines)"
EQUAL = "both_equal"
CHOSEN = "chosen_model_name"
_YES = frozenset({"true", "1", "1.0", "t", "yes"})
Row = list[str]


def read(
    stream: BinaryIO, name: str, *, winner: str | None, share: float
) -> tuple[VoteFile, list[str]]:
    """Read the chosen model as the winner and equal ones as a tie. Raises UnusableFile."""

    def begin() -> TableRows:
        return ChangedRows(table(stream, name, {*KNOWN, EQUAL}), _with_ties)

    return read_rows(begin, name, winner=winner or "names", share=share), []


def _with_ties(titles: Row) -> tuple[Row, Callable[[Row], Row | None]]:
    missing = [one for one in (CHOSEN, EQUAL) if one not in titles]
    if missing:
        raise UnusableFile(f"the file has no column {', '.join(missing)} of compar:IA's votes.")
    chosen, equal = titles.index(CHOSEN), titles.index(EQUAL)

    def tied(row: Row) -> Row:
        if len(row) > max(chosen, equal) and row[equal].strip().lower() in _YES:
            return [*row[:chosen], "tie", *row[chosen + 1 :]]
        return row

    return titles, tied
