"""Adding entries to the counts, in the database: no count travels."""

from __future__ import annotations

from django.db import connection

from arena.leaderboard.models import Cell, LedgerEntry, PairCount

PAIR = ("card_a_id", "card_b_id", "outcome")
CELL = ("labels_id", "day", *PAIR)
SIGNED = "SUM(CASE kind WHEN 'exclusion' THEN -1 ELSE 1 END)"
"""What entries add up to: a vote and a restoration count, an exclusion takes away."""


def add(numbers: range) -> None:
    """Add the entries of these numbers to totals and cells. One statement each, whatever their
    number; in the order of the index, which spares the database half of its page visits."""
    _add(PairCount, PAIR, numbers)
    _add(Cell, CELL, numbers)


def _add(model: type[PairCount | Cell], keys: tuple[str, ...], numbers: range) -> None:
    table, columns = model._meta.db_table, ", ".join(keys)
    # Names of tables and columns alone are put in, none of which comes from outside.
    statement = f"""
        INSERT INTO {table} ({columns}, votes)
        SELECT {columns}, {SIGNED} FROM {LedgerEntry._meta.db_table}
        WHERE number BETWEEN %s AND %s GROUP BY {columns} ORDER BY {columns}
        ON CONFLICT ({columns}) DO UPDATE SET votes = {table}.votes + excluded.votes
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [numbers[0], numbers[-1]])
