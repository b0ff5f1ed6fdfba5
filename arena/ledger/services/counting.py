"""Add up the entries inside the database, so that no count leaves it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from arena.ledger.models import Cell, CountedEntries, LedgerEntry, PairCount
from arena.ledger.selectors.events import VERSIONS
from arena.ledger.selectors.tallies import counted_entries
from arena.ledger.services.imported_versions import imported_versions

PAIR = ("version_a_id", "version_b_id", "outcome")
CELL = ("labels_id", "day", *PAIR)
COUNTS = ((PairCount, PAIR), (Cell, CELL))
_SIGN = "CASE kind WHEN 'exclusion' THEN -1 ELSE 1 END"
"""A vote and a restoration count, an exclusion takes away."""


class CountDifference(NamedTuple):
    """A count that is not what the ledger adds up to; ``key`` as in ``PAIR`` or ``CELL``."""

    key: tuple[Any, ...]
    counted: int
    entered: int


# Into the statements below only names of tables and columns are put, which stand in the models.


def add(numbers: range, *, named: bool = False) -> None:
    """Add the entries of these numbers to totals and cells.

    One statement each, whatever their number; in the order of the index, which spares the database
    half of its page visits. ``named`` says that each of them names its versions, which need not be
    looked up then. To be called under the ledger's lock, for the entries next in turn.
    """
    for model, keys in COUNTS:
        table, columns = model._meta.db_table, ", ".join(keys)
        entries, parameters = _entries(named=named, number__range=(numbers[0], numbers[-1]))
        statement = f"""
            {entries}
            INSERT INTO {table} ({columns}, votes)
            SELECT {columns}, SUM({_SIGN}) FROM entries
            WHERE true GROUP BY {columns} ORDER BY {columns}
            ON CONFLICT ({columns}) DO UPDATE SET votes = {table}.votes + excluded.votes
        """  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
    CountedEntries.objects.update_or_create(pk=1, defaults={"number": numbers[-1]})


def catch_up(head: int) -> None:
    """Add the entries up to ``head`` that the counts lack; to be called under the ledger's lock.

    There are some where another release has written to the ledger: during an upgrade, or in a
    backup. Versions of imported votes are made first, since that release named none.
    """
    counted = counted_entries()
    if counted >= head:
        return
    old = LedgerEntry.objects.filter(number__gt=counted, number__lte=head, vote=None)
    sources = old.filter(version_a=None).order_by().values_list("source", "card_a", "card_b")
    cards: dict[str, set[int]] = {}
    for source, *pair in sources.distinct():
        cards.setdefault(source, set()).update(pair)
    for source in sorted(cards):
        imported_versions(source, cards[source])
    add(range(counted + 1, head + 1))


def rebuild() -> None:
    """Throw all counts away and add up the whole ledger; to be called under its lock."""
    for model, _ in COUNTS:
        model.objects.all().delete()
    CountedEntries.objects.all().delete()
    catch_up(LedgerEntry.objects.count())


def differences(most: int) -> list[CountDifference]:
    """Return totals and cells that are not what the ledger adds up to, so many of each kind.

    Entries that are still to be counted, as ``catch_up`` says, are left aside.
    """
    found = []
    for model, keys in COUNTS:
        columns = ", ".join(keys)
        # In the same statement, so that both are of one moment.
        counted = Coalesce(Subquery(CountedEntries.objects.values("number")[:1]), 0)
        entries, parameters = _entries(number__lte=counted)
        statement = f"""
            {entries}
            SELECT {columns}, SUM(counted), SUM(entered) FROM (
                SELECT {columns}, 0 AS counted, {_SIGN} AS entered FROM entries
                UNION ALL SELECT {columns}, votes, 0 FROM {model._meta.db_table}
            ) AS both_of_them
            GROUP BY {columns} HAVING SUM(counted) <> SUM(entered) ORDER BY {columns} LIMIT %s
        """  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, [*parameters, most])
            rows = cursor.fetchall()
        found += [CountDifference(row[:-2], int(row[-2]), int(row[-1])) for row in rows]
    return found


def _entries(*, named: bool = False, **chosen: Any) -> tuple[str, tuple[Any, ...]]:
    """Return entries as a table with the versions under which each is counted, and parameters.

    ``named`` ones have them in their own row.
    """
    entries: Any = LedgerEntry.objects.filter(**chosen).order_by()
    versions = ("version_a_id", "version_b_id") if named else tuple(VERSIONS)
    entries = entries if named else entries.annotate(**VERSIONS)
    columns = entries.values_list("number", "kind", "labels_id", "day", "outcome", *versions)
    inner, parameters = columns.query.sql_with_params()
    names = "number, kind, labels_id, day, outcome, version_a_id, version_b_id"
    # Named by their place: what an ORM calls its columns is its own.
    return f"WITH entries({names}) AS ({inner})", parameters
