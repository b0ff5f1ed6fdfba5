"""What is asked of the database, and how the database would answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext


def queries_of(client, address):
    """How many queries, without those of the transactions around them."""
    return len(statements_of(client, address))


def statements_of(client, address):
    """Each query that reads."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured if query["sql"].startswith("SELECT")]


@contextmanager
def counted(most: dict[str, int]) -> Iterator[None]:
    """Expect so many statements inside, by the database's vendor; a transaction's own not counted.

    Raises AssertionError for any other number.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    asked = [query["sql"] for query in captured if not query["sql"].startswith(ends)]
    assert len(asked) == most[connection.vendor], "\n".join(asked)


@contextmanager
def plans() -> Iterator[list[str]]:
    """The plan of each question that is asked inside, as for a table that is worth an index."""
    found: list[str] = []
    on_postgres = connection.vendor == "postgresql"

    def explain(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT"):
            execute(f"EXPLAIN {'' if on_postgres else 'QUERY PLAN '}{sql}", params, many, context)
            found.append("\n".join(str(row[-1]) for row in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with transaction.atomic():
        if on_postgres:
            connection.cursor().execute("SET LOCAL enable_seqscan = off")
        with connection.execute_wrapper(explain):
            yield found


def goes_through(plan: str, tables: Sequence[str]) -> bool:
    """Whether it reads one of the tables, named by the ends of their names, without an index."""
    for line in plan.splitlines():
        scanned = line.removeprefix("SCAN ") if line.startswith("SCAN ") else ""
        if "Seq Scan on " in line:
            scanned = line.split("Seq Scan on ")[1].split()[0]
        if scanned.endswith(tuple(tables)):
            return True
    return False
