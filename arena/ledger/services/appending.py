"""Appending to the ledger: the one place that gives numbers and moves counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from arena.core.rows import write_rows
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors import head as ledger_head
from arena.ledger.selectors import votes
from arena.ledger.selectors.events import COLUMNS, LedgerEvent
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.services import counting
from arena.ledger.services.chain import facts
from arena.rating.verify.chain import chained


def append(events: Iterable[LedgerEvent]) -> range:
    """Give the events the next numbers, which are returned, and add them to the counts.

    To be called under the ledger's lock, which makes this the only writer. ``events`` must ask
    nothing of the database when read: on PostgreSQL it is busy taking them.
    """
    head = ledger_head.head()
    counting.catch_up(head.number)
    rows = _EntryRows(events, head)
    write_rows(LedgerEntry, ("number", *COLUMNS, "hash", "created_at"), rows)
    numbers = range(head.number + 1, rows.last + 1)
    if numbers:
        counting.add(numbers, named=rows.named)
    return numbers


class _EntryRows:
    """Events as rows of the ledger, behind one another; numbered and hashed as they are read."""

    def __init__(self, events: Iterable[LedgerEvent], head: LedgerHead) -> None:
        self.last, self.named = head.number, True
        self._events, self._hash, self._names = events, head.hash, votes.names()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        now = str(connection.ops.adapt_datetimefield_value(timezone.now()))
        hash_, number, names, named = self._hash, self.last, self._names, True
        for event in self._events:
            hash_ = chained(hash_, facts(event, names))
            number += 1
            named = named and event.version_a is not None and event.version_b is not None
            yield (number, *event, hash_, now)
        self.last, self.named = number, named
