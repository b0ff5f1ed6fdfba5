"""Appending to the ledger: the one place that gives numbers and moves counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from arena.core.rows import write_rows
from arena.leaderboard import selectors
from arena.leaderboard.models import LedgerEntry
from arena.leaderboard.selectors import COLUMNS, Event, Head
from arena.leaderboard.services import counting
from arena.leaderboard.services.chain import chain, facts


def append(events: Iterable[Event]) -> range:
    """Give the events the next numbers, which are returned, and add them to the counts.

    To be called under the ledger's lock, which makes this the only writer. ``events`` must ask
    nothing of the database when read: on PostgreSQL it is busy taking them.
    """
    head = selectors.head()
    rows = _Rows(events, head)
    write_rows(LedgerEntry, ("number", *COLUMNS, "hash", "created_at"), rows)
    numbers = range(head.number + 1, rows.last + 1)
    if numbers:
        counting.add(numbers)
    return numbers


class _Rows:
    """Events as rows of the ledger, behind one another; numbered and hashed as they are read."""

    def __init__(self, events: Iterable[Event], head: Head) -> None:
        self.last = head.number
        self._events, self._hash, self._names = events, head.hash, selectors.names()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        now = str(connection.ops.adapt_datetimefield_value(timezone.now()))
        hash_, number, names = self._hash, self.last, self._names
        for event in self._events:
            hash_ = chain(hash_, facts(event, names))
            number += 1
            yield (number, *event, hash_, now)
        self.last = number
