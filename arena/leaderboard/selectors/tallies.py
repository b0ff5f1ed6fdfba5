"""Counts of a board at the ledger's head, kept in step by the entries since the last look.

The first look of a process reads totals or cells; each further one reads the entries behind the
number that it knows, a handful by primary key, whatever the size of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet, Sum

from arena.catalog.models import ModelCard
from arena.core.locks import one_view
from arena.leaderboard.models import GENESIS, Cell, LedgerEntry, PairCount
from arena.leaderboard.selectors.filters import EVERY_VOTE, Filter, label_sets
from arena.leaderboard.selectors.ledger import LOCK, Head, newest_repair
from arena.leaderboard.states import Kind
from arena.rating.comparisons import Integers, Outcome, PairCounts

BEHIND = 20_000
"""Entries up to which adding them is cheaper than reading the cells again."""
MOST_FILTERS = 64
"""Tables that a process keeps: with two hundred models each takes 1.3 MB."""
SIGN = {Kind.VOTE: 1, Kind.EXCLUSION: -1, Kind.RESTORATION: 1}

Count = tuple[int, int, int, int]
"""Card on side a, card on side b, outcome, votes."""
Named = tuple[str, str, int, int]
"""The same with the cards' slugs."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What the ledger adds up to at ``head``; index in ``slugs`` is index in ``counts``.

    Slugs are sorted, and each has a vote: the order of arrival leaves no trace.
    """

    head: Head
    slugs: tuple[str, ...]
    counts: PairCounts
    repairs: int | None = None
    """The repair that the database's counts came from; None where entries were added up."""

    @classmethod
    def of(cls, head: Head, rows: Iterable[Count]) -> Tally:
        """From counts in any order."""
        return _Table.of(rows).tally(head)

    def over(self, slugs: tuple[str, ...]) -> PairCounts:
        """The counts among all of these models, which include this tally's own."""
        place = [slugs.index(slug) for slug in self.slugs]
        table = np.zeros((len(slugs), len(slugs), len(Outcome)), dtype=np.int64)
        table[np.ix_(place, place)] = self.counts.table
        return PairCounts(table)


class _Change(NamedTuple):
    """What the counts read of an entry."""

    number: int
    hash: str
    kind: str
    card_a: int
    card_b: int
    outcome: int
    labels: int
    day: date
    repairs: int

    @property
    def moved(self) -> Count:
        return self.card_a, self.card_b, self.outcome, SIGN[Kind(self.kind)]


_FIELDS = ("number", "hash", "kind", "card_a_id", "card_b_id", "outcome", "labels_id", "day")


class _Table:
    """Counts that grow with the cards that they meet.

    By slug, as the ledger's hash has it: then an equal hash means an equal table.
    """

    def __init__(self) -> None:
        self._place: dict[str, int] = {}
        self._votes: Integers = np.zeros((0, 0, len(Outcome)), dtype=np.int64)

    @classmethod
    def of(cls, rows: Iterable[Count]) -> _Table:
        """From the database's counts."""
        table = cls()
        table.add(_named(rows))
        return table

    def add(self, counts: list[Named]) -> None:
        """Add up, whatever the order."""
        if not counts:
            return
        self._make_room({slug for count in counts for slug in count[:2]})
        cells = [(self._place[a], self._place[b], o) for a, b, o, _ in counts]
        votes = [count[3] for count in counts]
        np.add.at(self._votes, tuple(np.array(cells).T), np.array(votes, dtype=np.int64))

    def tally(self, head: Head, repairs: int | None = None) -> Tally:
        """The cards that have a vote, sorted by slug. Raises ValueError for a count below zero."""
        met = (self._votes != 0).any(axis=(1, 2)) | (self._votes != 0).any(axis=(0, 2))
        order = sorted((slug, i) for slug, i in self._place.items() if met[i])
        place = [i for _, i in order]
        votes = self._votes[np.ix_(place, place)]
        return Tally(head, tuple(slug for slug, _ in order), PairCounts(votes), repairs)

    def _make_room(self, slugs: set[str]) -> None:
        new = sorted(slugs - self._place.keys())
        if new:
            self._place |= {slug: len(self._place) + i for i, slug in enumerate(new)}
            room = (0, len(new))
            self._votes = np.pad(self._votes, (room, room, (0, 0)))


@dataclass(slots=True)
class Running:
    """The counts that one process has seen, all at the same head. Safe between threads."""

    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    _repairs: int = 0
    _tables: dict[Filter, _Table] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def tallies(self, *filters: Filter) -> list[Tally]:
        """One per filter, all at the same head."""
        wanted = [chosen.of_votes for chosen in filters]
        with self._lock:
            self._follow()
            if not self._tables.keys() >= set(wanted):
                with one_view(LOCK):
                    self._follow()
                    missing = [chosen for chosen in wanted if chosen not in self._tables]
                    self._tables |= {chosen: _read(chosen) for chosen in missing}
            tallies = [self._tables[chosen].tally(self.head, self._repairs) for chosen in wanted]
            self._forget()
            return tallies

    def _follow(self) -> None:
        """Add what is new; forget everything where that is much, where the counts were repaired, or
        where the ledger is another one than before, as after a backup was played back."""
        entries = LedgerEntry.objects.annotate(repairs=newest_repair())
        behind = entries.filter(number__gte=self.head.number).order_by("number")
        news = [_Change(*row) for row in behind.values_list(*_FIELDS, "repairs")[: BEHIND + 1]]
        known = not self.head.number or [Head(*one[:2]) for one in news[:1]] == [self.head]
        repaired = any(one.repairs != self._repairs for one in news[:1])
        if not known or repaired or len(news) > BEHIND:
            self._tables.clear()
            last = entries.order_by("-number").values_list("number", "hash", "repairs").first()
            number, hash_, self._repairs = last or (0, GENESIS, self._repairs)
            self.head = Head(number, hash_)
            return
        self._add(news if self.head.number == 0 else news[1:])

    def _add(self, news: list[_Change]) -> None:
        if not news:
            return
        labels = label_sets()
        # All of it before any of it: what fails half-way must not leave a table ahead of the head.
        moved = {
            chosen: _named(o.moved for o in news if chosen.takes(labels[o.labels], o.day))
            for chosen in self._tables
        }
        for chosen, counts in moved.items():
            self._tables[chosen].add(counts)
        self.head = Head(*news[-1][:2])

    def _forget(self) -> None:
        for chosen in list(self._tables)[:-MOST_FILTERS]:
            del self._tables[chosen]


def _read(chosen: Filter) -> _Table:
    """From the all-time totals, or from the cells that the filter adds up."""
    return _Table.of(_totals() if chosen.takes_all else _cells(chosen))


def _named(counts: Iterable[Count]) -> list[Named]:
    found = list(counts)
    slugs = dict(ModelCard.objects.values_list("pk", "slug")) if found else {}
    return [(slugs[a], slugs[b], outcome, votes) for a, b, outcome, votes in found]


def _totals() -> QuerySet[PairCount, Count]:
    rows = PairCount.objects.exclude(votes=0)
    return rows.values_list("card_a_id", "card_b_id", "outcome", "votes")


def _cells(chosen: Filter) -> QuerySet[Cell, Any]:
    """Label sets first, then days: the order of the cells' one index."""
    let_in = [pk for pk, labels in label_sets().items() if chosen.takes(labels, date.max)]
    rows = Cell.objects.filter(labels__in=let_in)
    if chosen.since:
        rows = rows.filter(day__gte=chosen.since)
    pairs = rows.values_list("card_a_id", "card_b_id", "outcome")
    return pairs.annotate(total=Sum("votes")).order_by()


@cache
def running() -> Running:
    """This process's own."""
    return Running()


def tallies_of(*filters: Filter) -> list[Tally]:
    """What the ledger adds up to under each filter, all at the same head."""
    return running().tallies(*filters)


def tally(chosen: Filter = EVERY_VOTE) -> Tally:
    """What the ledger adds up to under one filter."""
    return running().tallies(chosen)[0]
