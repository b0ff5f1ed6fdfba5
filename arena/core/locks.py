"""Locks that the database keeps, for as long as a transaction lasts.

PostgreSQL: advisory locks of the transaction. SQLite: the transaction itself, because IMMEDIATE
lets one writer in at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def single_flight(name: str) -> Iterator[bool]:
    """A transaction; yields False when another one holds the lock: then leave the work to it."""
    with transaction.atomic():
        yield connection.vendor != "postgresql" or _advisory("pg_try_advisory_xact_lock", name)


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """A transaction that waits until no other one holds the lock."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _advisory("pg_advisory_xact_lock", name)
        yield


@contextmanager
def one_view(name: str) -> Iterator[None]:
    """A transaction in which all queries see the same state, and nobody waits for it.

    Where that can't be had (SQLite, or inside another transaction) it is ``exclusive``.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with exclusive(name):
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _advisory(function: str, name: str) -> bool:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])
        return cursor.fetchone()[0] is not False
