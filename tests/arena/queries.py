"""What a page asks of the database."""

from __future__ import annotations

from django.db import connection
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
