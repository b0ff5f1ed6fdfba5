"""Rows of other arenas' vote files on their way to the columns that votes are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from arena.rating.vote_columns import KNOWN
from arena.rating.vote_file import VoteFile, read_rows
from arena.rating.vote_tables import TableRows, table, titled

NOT_BLIND = frozenset({"false", "0", "no", "f"})
"""Cells of the column ``anony`` that say that the voter saw the names."""
Row = list[str]


class ChangedRows:
    """Rows of another table, each changed or left out.

    ``change`` gets the titles once and returns new titles with a function for each row, which
    returns None for a row to leave out; ``left_out`` counts those.
    """

    def __init__(
        self,
        source: TableRows,
        change: Callable[[Row], tuple[Row, Callable[[Row], Row | None]]],
    ) -> None:
        self._source, self._change = source, change
        self.unit = source.unit
        self.left_out = 0

    @property
    def line(self) -> int:
        """Return where the last row stands in the file."""
        return self._source.line

    @line.setter
    def line(self, value: int) -> None:
        self._source.line = value

    @property
    def unclosed(self) -> bool:
        """Return whether the file ended within a quote of the last row."""
        return self._source.unclosed

    @unclosed.setter
    def unclosed(self, value: bool) -> None:
        self._source.unclosed = value

    def __iter__(self) -> Iterator[Row]:
        """Return the changed titles, then the changed rows."""
        rows = iter(self._source)
        titles, each = self._change([titled(one) for one in next(rows, [])])
        yield titles
        for row in rows:
            changed = each(row)
            if changed is None:
                self.left_out += 1
            else:
                yield changed

    def reread(self) -> bool:
        """Return whether all but the row's first line is read again."""
        return self._source.reread()


def read_blind_votes(
    stream: BinaryIO, name: str, *, winner: str | None, share: float, wanted: Sequence[str] = ()
) -> tuple[VoteFile, list[str]]:
    """Read the votes of a table, without those whose column ``anony`` says that names were shown.

    Raises UnusableFile as ``arena.rating.vote_file.read_votes`` does.
    """
    opened: list[ChangedRows] = []

    def begin() -> TableRows:
        opened.append(ChangedRows(table(stream, name, {*KNOWN, *wanted}), _only_blind))
        return opened[0]

    file = read_rows(begin, name, winner=winner, share=share)
    return file, shown_names(opened[0].left_out)


def shown_names(count: int) -> list[str]:
    """Return the note on votes that were left out because the voter saw the names."""
    return [f"{count} votes on models whose names were shown are left out"] if count else []


def _only_blind(titles: Row) -> tuple[Row, Callable[[Row], Row | None]]:
    if "anony" not in titles:
        return titles, lambda row: row
    place = titles.index("anony")

    def blind(row: Row) -> Row | None:
        shown = len(row) > place and row[place].strip().lower() in NOT_BLIND
        return None if shown else row

    return titles, blind
