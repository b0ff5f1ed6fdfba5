"""Read the last events of single votes: whether each counts, and under which labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from arena.catalog.models import ModelVersion
from arena.labels.models import BattleLabels
from arena.ledger.models import LedgerEntry
from arena.ledger.states import BY_HAND, EntryKind

IMPORTED = "imported"
"""The backend of a version that stands for a model as a source of imported votes had it."""


class LedgerEvent(NamedTuple):
    """The facts of an entry, in the order in which they are stored; a tuple because a fold makes
    millions of them. ``vote`` is None for an imported vote, ``day`` an ISO date; the versions are
    None only in what 0.1.0 entered.
    """

    kind: str
    vote: int | None
    source: str
    source_key: int | None
    card_a: int
    card_b: int
    version_a: int | None
    version_b: int | None
    outcome: int
    reason: str
    labels: int
    day: str
    by: str = ""

    @property
    def counts(self) -> bool:
        """Return whether the vote counts after this event."""
        return self.kind != EntryKind.EXCLUSION


COLUMNS = (
    "kind",
    "vote_id",
    "source",
    "source_key",
    "card_a_id",
    "card_b_id",
    "version_a_id",
    "version_b_id",
    "outcome",
    "reason",
    "labels_id",
    "day",
    "by",
)
"""The columns of an event's fields."""


def _version(side: str) -> Coalesce:
    """Return the version of an entry: its own, else the vote's, else that of the source."""
    imported = ModelVersion.objects.filter(
        card=OuterRef(f"card_{side}"), backend=IMPORTED, source=OuterRef("source")
    )
    return Coalesce(
        F(f"version_{side}_id"),
        F(f"vote__version_{side}_id"),
        Subquery(imported.order_by("number").values("pk")[:1]),
    )


VERSIONS = {"counted_a": _version("a"), "counted_b": _version("b")}
"""Annotations of a query of entries: the versions under which each is counted."""


def last_events(votes: Sequence[int]) -> dict[int, LedgerEvent]:
    """Return by vote of this arena its last event; votes outside the ledger are left out."""
    entries = LedgerEntry.objects.filter(vote__in=votes)
    return {event.vote: event for event in _in_order(entries) if event.vote is not None}


def entries_about(vote: int) -> list[LedgerEntry]:
    """Return the entries about one vote of this arena, the oldest first, with their labels."""
    entries = LedgerEntry.objects.filter(vote=vote).select_related("labels")
    return [
        *entries.filter(kind=EntryKind.VOTE),
        *entries.exclude(kind=EntryKind.VOTE).order_by("number"),
    ]


def restored_by_hand(votes: Sequence[int]) -> dict[int, datetime]:
    """Return when an operator last let each of these votes count again; others are left out."""
    rows = LedgerEntry.objects.filter(vote__in=votes, kind=EntryKind.RESTORATION)
    found = rows.filter(reason__in=BY_HAND).order_by("number").values_list("vote", "created_at")
    return {vote: at for vote, at in found if vote is not None}


def last_imports(source: str, keys: Sequence[int]) -> dict[int, LedgerEvent]:
    """Return by number in the source the last event of each imported vote."""
    entries = LedgerEntry.objects.filter(vote=None, source=source, source_key__in=keys)
    rows = _in_order(entries)
    return {event.source_key: event for event in rows if event.source_key is not None}


def known_keys(source: str, keys: Sequence[int]) -> set[int | None]:
    """Return those of these numbers that the ledger has from this source."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.VOTE, vote=None, source=source)
    return set(entries.filter(source_key__in=keys).values_list("source_key", flat=True))


def keys_of(source: str, *, after: int, limit: int) -> list[int]:
    """Return the numbers of a source's next imported votes."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.VOTE, vote=None, source=source)
    keys = entries.filter(source_key__gt=after).order_by("source_key")
    return [key for key in keys.values_list("source_key", flat=True)[:limit] if key is not None]


def labels_now(votes: Sequence[int]) -> dict[int, int]:
    """Return the label set that each vote's battle has now, whatever the ledger took."""
    rows = BattleLabels.objects.filter(battle__vote__in=votes)
    return dict(rows.values_list("battle__vote", "labels_id"))


def _in_order(entries: QuerySet[LedgerEntry]) -> Iterable[LedgerEvent]:
    """Return each vote's own entry, then what came later: in two queries, each with an index.

    An event says the versions that its vote is counted under, also where its entry names none.
    """
    first = entries.filter(kind=EntryKind.VOTE)
    later = entries.exclude(kind=EntryKind.VOTE).order_by("number")
    for part in (first, later):
        for *row, version_a, version_b in part.annotate(**VERSIONS).values_list(
            *COLUMNS, *VERSIONS
        ):
            event = LedgerEvent(*row)
            versions = {"version_a": version_a, "version_b": version_b}
            yield event._replace(day=str(event.day), **versions)
