"""Counts at the ledger's head, kept in step by the entries since the last look.

The first look of a process reads totals or cells; each further one reads the entries behind the
number that it knows, a handful by primary key, whatever the size of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from arena.core.locks import exclusive, one_view
from arena.ledger.models import GENESIS, LedgerEntry
from arena.ledger.selectors.events import VERSIONS
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter, label_sets
from arena.ledger.selectors.head import LOCK, LedgerHead, newest_repair, repairs
from arena.ledger.selectors.head import head as current_head
from arena.ledger.selectors.tallies import (
    SIGN,
    Count,
    CountTable,
    VoteTally,
    counted_entries,
    named,
    read_table,
)
from arena.ledger.services.counting import catch_up
from arena.ledger.states import EntryKind, RatedUnit

BEHIND = 20_000
"""Entries up to which adding them is cheaper than reading the cells again."""
MOST_FILTERS = 64
"""Tables that a process keeps: with two hundred models each takes 1.3 MB."""

Key = tuple[VoteFilter, RatedUnit]


class _EntryChange(NamedTuple):
    """The columns of an entry that counts are made of."""

    number: int
    hash: str
    kind: str
    source: str
    outcome: int
    labels: int
    day: date
    version_a: int | None
    version_b: int | None
    repairs: int

    @property
    def moved(self) -> Count:
        return self.version_a or 0, self.version_b or 0, self.outcome, SIGN[EntryKind(self.kind)]


_FIELDS = ("number", "hash", "kind", "source", "outcome", "labels_id", "day", *VERSIONS)


@dataclass(slots=True)
class RunningTallies:
    """The counts that one process has seen, all at the same head. Safe between threads."""

    head: LedgerHead = field(default_factory=lambda: LedgerHead(0, GENESIS))
    _repairs: int = 0
    _tables: dict[Key, CountTable] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def tallies(self, *filters: VoteFilter, rated: RatedUnit = RatedUnit.CARDS) -> list[VoteTally]:
        """Return one tally per filter, all at the same head."""
        wanted = [(chosen.of_votes, rated) for chosen in filters]
        with self._lock:
            self._follow()
            while not self._tables.keys() >= set(wanted):
                missing = [key for key in wanted if key not in self._tables]
                # Read the database's counts; where they lack entries, add those to them instead.
                with one_view(LOCK):
                    self._follow()
                    if complete := counted_entries() >= self.head.number:
                        self._tables |= {key: read_table(*key) for key in missing}
                if not complete:
                    with exclusive(LOCK):
                        catch_up(current_head().number)
            tallies = [self._tables[key].tally(self.head, self._repairs) for key in wanted]
            for key in list(self._tables)[:-MOST_FILTERS]:
                del self._tables[key]
            return tallies

    def _follow(self) -> None:
        """Add what is new; forget everything where that is much, where the counts were repaired, or
        where the ledger is another one than before, as after a backup was played back."""
        entries = LedgerEntry.objects.annotate(repairs=newest_repair(), **VERSIONS)
        behind = entries.filter(number__gte=self.head.number).order_by("number")
        news = [_EntryChange(*row) for row in behind.values_list(*_FIELDS, "repairs")[: BEHIND + 1]]
        known = not self.head.number or [LedgerHead(*one[:2]) for one in news[:1]] == [self.head]
        repaired = any(one.repairs != self._repairs for one in news[:1])
        # An import of an earlier release, which the counts have not made versions for yet.
        unnamed = any(None in (one.version_a, one.version_b) for one in news)
        if not known or repaired or unnamed or len(news) > BEHIND:
            self._tables.clear()
            last = entries.order_by("-number").values_list("number", "hash", "repairs").first()
            number, hash_, self._repairs = last or (0, GENESIS, repairs())
            self.head = LedgerHead(number, hash_)
            return
        if not news:  # an empty ledger has no row that could say it
            self._repairs = repairs()
        news = news if self.head.number == 0 else news[1:]
        if not news:
            return
        labels = label_sets()
        # All of it before any of it: what fails half-way must not leave a table ahead of the head.
        moved = {
            (chosen, rated): named(
                (
                    one.moved
                    for one in news
                    if chosen.takes_source(one.source) and chosen.takes(labels[one.labels], one.day)
                ),
                rated,
            )
            for chosen, rated in self._tables
        }
        for key, counts in moved.items():
            self._tables[key].add(counts)
        self.head = LedgerHead(*news[-1][:2])


@cache
def running() -> RunningTallies:
    """Return the tallies that this process keeps."""
    return RunningTallies()


def tallies_of(*filters: VoteFilter, rated: RatedUnit = RatedUnit.CARDS) -> list[VoteTally]:
    """Return what the ledger adds up to under each filter, all at the same head."""
    return running().tallies(*filters, rated=rated)


def tally(chosen: VoteFilter = EVERY_VOTE, rated: RatedUnit = RatedUnit.CARDS) -> VoteTally:
    """Return what the ledger adds up to under one filter."""
    return running().tallies(chosen, rated=rated)[0]
