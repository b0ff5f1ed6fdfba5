"""Tables of counts: votes by pair of models and outcome, under a filter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import QuerySet, Sum

from arena.catalog.models import ModelVersion
from arena.ledger.models import Cell, CountedEntries, PairCount
from arena.ledger.selectors.events import IMPORTED
from arena.ledger.selectors.filters import VoteFilter, label_sets
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.states import EntryKind, RatedUnit
from arena.rating.comparisons import Integers, PairCounts, VoteOutcome

SIGN = {EntryKind.VOTE: 1, EntryKind.EXCLUSION: -1, EntryKind.RESTORATION: 1}

Count = tuple[int, int, int, int]
"""Version on side a, version on side b, outcome, votes."""
Named = tuple[str, str, int, int]
"""The same with the names of what is rated in place of keys."""


@dataclass(frozen=True, slots=True, eq=False)
class VoteTally:
    """The counts that the ledger adds up to at ``head``; index in ``slugs`` is index in ``counts``.

    ``slugs`` names cards or versions. They are sorted, and each has a vote: the order of arrival
    leaves no trace.
    """

    head: LedgerHead
    slugs: tuple[str, ...]
    counts: PairCounts
    repairs: int | None = None
    """The repair that the database's counts came from; None where entries were added up."""

    @classmethod
    def of(cls, head: LedgerHead, counts: list[Named]) -> VoteTally:
        """Return the tally of counts that come in any order."""
        return CountTable.of(counts).tally(head)

    def over(self, slugs: tuple[str, ...]) -> PairCounts:
        """Return the counts among all of these models, which include this tally's own."""
        place = [slugs.index(slug) for slug in self.slugs]
        table = np.zeros((len(slugs), len(slugs), len(VoteOutcome)), dtype=np.int64)
        table[np.ix_(place, place)] = self.counts.table
        return PairCounts(table)


class CountTable:
    """Counts that grow with the cards or versions that they meet.

    By slug and number, as the ledger's hash has them: then an equal hash means an equal table.
    """

    def __init__(self) -> None:
        self._place: dict[str, int] = {}
        self._votes: Integers = np.zeros((0, 0, len(VoteOutcome)), dtype=np.int64)

    @classmethod
    def of(cls, counts: list[Named]) -> CountTable:
        """Return the table of these counts."""
        table = cls()
        table.add(counts)
        return table

    def add(self, counts: list[Named]) -> None:
        """Add counts, whatever their order."""
        if not counts:
            return
        new = sorted({slug for count in counts for slug in count[:2]} - self._place.keys())
        if new:
            self._place |= {slug: len(self._place) + i for i, slug in enumerate(new)}
            room = (0, len(new))
            self._votes = np.pad(self._votes, (room, room, (0, 0)))
        cells = [(self._place[a], self._place[b], o) for a, b, o, _ in counts]
        votes = [count[3] for count in counts]
        np.add.at(self._votes, tuple(np.array(cells).T), np.array(votes, dtype=np.int64))

    def tally(self, head: LedgerHead, repairs: int | None = None) -> VoteTally:
        """Return the names that have a vote, sorted. Raise ValueError for a count below zero."""
        met = (self._votes != 0).any(axis=(1, 2)) | (self._votes != 0).any(axis=(0, 2))
        order = sorted((slug, i) for slug, i in self._place.items() if met[i])
        place = [i for _, i in order]
        votes = self._votes[np.ix_(place, place)]
        return VoteTally(head, tuple(slug for slug, _ in order), PairCounts(votes), repairs)


def read_table(chosen: VoteFilter, rated: RatedUnit) -> CountTable:
    """Return the database's counts under a filter: the all-time totals, or cells added up.

    Raises NotFound for a filter by what voters said of themselves."""
    chosen.check_countable()
    if chosen.takes_all:
        rows = _by_source(PairCount.objects.exclude(votes=0), chosen)
        counts = rows.values_list("version_a_id", "version_b_id", "outcome", "votes")
        return CountTable.of(named(counts, rated))
    # Label sets first, then days: the order of the cells' one index.
    let_in = [pk for pk, labels in label_sets().items() if chosen.takes(labels, date.max)]
    cells = _by_source(Cell.objects.filter(labels__in=let_in), chosen)
    if chosen.since:
        cells = cells.filter(day__gte=chosen.since)
    pairs = cells.values_list("version_a_id", "version_b_id", "outcome")
    return CountTable.of(named(pairs.annotate(total=Sum("votes")).order_by(), rated))


def named(counts: Iterable[Count], rated: RatedUnit) -> list[Named]:
    """Return the counts with names in place of keys; those of one card may stand in many rows."""
    found = list(counts)
    names = names_of_versions(rated) if found else {}
    return [(names[a], names[b], outcome, votes) for a, b, outcome, votes in found]


def names_of_versions(rated: RatedUnit) -> dict[int, str]:
    """Return by key of a version the name that its votes are rated under."""
    rows = ModelVersion.objects.values_list("pk", "card__slug", "number")
    if rated == RatedUnit.CARDS:
        return {key: slug for key, slug, _ in rows}
    return {key: version_name(slug, number) for key, slug, number in rows}


def version_name(slug: str, number: int) -> str:
    """Return what a board that rates versions calls one, as in ``heron@2``."""
    return f"{slug}@{number}"


def split_name(name: str) -> tuple[str, int | None]:
    """Return the slug of what a board rates, and the number where that is a version."""
    slug, at, number = name.rpartition("@")
    return (slug, int(number)) if at else (name, None)


def counted_entries() -> int:
    """Return the number of the last entry that the database's counts include."""
    return CountedEntries.objects.values_list("number", flat=True).first() or 0


def _by_source(rows: QuerySet[Any, Any], chosen: VoteFilter) -> QuerySet[Any, Any]:
    """Return the counts that a filter takes by their source.

    Both versions of an imported vote are of its source, so that one of them tells it.
    """
    imported = ModelVersion.objects.filter(backend=IMPORTED)
    if chosen.source:
        own = imported.filter(source=chosen.source).values_list("pk", flat=True)
        return rows.filter(version_a__in=list(own))
    sources = imported.values_list("pk", "source")
    outside = [key for key, source in sources if not chosen.takes_source(source)]
    return rows.exclude(version_a__in=outside) if outside else rows
