"""What entries add up to, in the database: no count travels."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

from arena.leaderboard.models import Cell, LedgerEntry, PairCount

PAIR = ("card_a_id", "card_b_id", "outcome")
CELL = ("labels_id", "day", *PAIR)
COUNTS = ((PairCount, PAIR), (Cell, CELL))
LEDGER = LedgerEntry._meta.db_table
SIGN = "CASE kind WHEN 'exclusion' THEN -1 ELSE 1 END"
"""A vote and a restoration count, an exclusion takes away."""


class Difference(NamedTuple):
    """Where a count and the ledger part; ``key`` as in ``PAIR`` or ``CELL``."""

    key: tuple[Any, ...]
    counted: int
    entered: int


def add(numbers: range) -> None:
    """Add the entries of these numbers to totals and cells. One statement each, whatever their
    number; in the order of the index, which spares the database half of its page visits."""
    for model, keys in COUNTS:
        _add(model, keys, numbers[0], numbers[-1])


def rebuild() -> None:
    """Throw all counts away and add up the whole ledger; to be called under its lock."""
    for model, keys in COUNTS:
        model.objects.all().delete()
        _add(model, keys, 1, LedgerEntry.objects.count())


def differences(most: int) -> list[Difference]:
    """Totals and cells that are not what the ledger adds up to, at most so many of each kind."""
    return [found for model, keys in COUNTS for found in _differences(model, keys, most)]


# Into the statements below only names of tables and columns are put, which stand above.


def _add(model: type[PairCount | Cell], keys: tuple[str, ...], first: int, last: int) -> None:
    table, columns = model._meta.db_table, ", ".join(keys)
    statement = f"""
        INSERT INTO {table} ({columns}, votes)
        SELECT {columns}, SUM({SIGN}) FROM {LEDGER}
        WHERE number BETWEEN %s AND %s GROUP BY {columns} ORDER BY {columns}
        ON CONFLICT ({columns}) DO UPDATE SET votes = {table}.votes + excluded.votes
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, last])


def _differences(
    model: type[PairCount | Cell], keys: tuple[str, ...], most: int
) -> list[Difference]:
    columns = ", ".join(keys)
    statement = f"""
        SELECT {columns}, SUM(counted), SUM(entered) FROM (
            SELECT {columns}, 0 AS counted, {SIGN} AS entered FROM {LEDGER}
            UNION ALL SELECT {columns}, votes, 0 FROM {model._meta.db_table}
        ) AS both_of_them
        GROUP BY {columns} HAVING SUM(counted) <> SUM(entered) ORDER BY {columns} LIMIT %s
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [most])
        return [Difference(row[:-2], int(row[-2]), int(row[-1])) for row in cursor.fetchall()]
