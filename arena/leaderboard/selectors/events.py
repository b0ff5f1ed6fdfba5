"""What the ledger says last of single votes: whether each counts, and under which labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from arena.labels.models import BattleLabels
from arena.leaderboard.models import LedgerEntry
from arena.leaderboard.states import Kind


class Event(NamedTuple):
    """What an entry says, in the order in which it is stored; a tuple because a fold makes
    millions of them. ``vote`` is None for an imported vote, ``day`` an ISO date.
    """

    kind: str
    vote: int | None
    source: str
    source_key: int | None
    card_a: int
    card_b: int
    outcome: int
    reason: str
    labels: int
    day: str
    by: str = ""

    @property
    def counts(self) -> bool:
        """Whether its vote counts after it."""
        return self.kind != Kind.EXCLUSION


COLUMNS = (
    "kind",
    "vote_id",
    "source",
    "source_key",
    "card_a_id",
    "card_b_id",
    "outcome",
    "reason",
    "labels_id",
    "day",
    "by",
)
"""Where an event's fields are stored."""


def last_events(votes: Sequence[int]) -> dict[int, Event]:
    """By vote of this arena; one that is outside the ledger is left out."""
    entries = LedgerEntry.objects.filter(vote__in=votes)
    return {event.vote: event for event in _in_order(entries) if event.vote is not None}


def entries_about(vote: int) -> list[LedgerEntry]:
    """Everything about one vote of this arena, oldest first, with the labels."""
    entries = LedgerEntry.objects.filter(vote=vote).select_related("labels")
    return [*entries.filter(kind=Kind.VOTE), *entries.exclude(kind=Kind.VOTE).order_by("number")]


def last_imports(source: str, keys: Sequence[int]) -> dict[int, Event]:
    """By number of an imported vote in its source."""
    entries = LedgerEntry.objects.filter(vote=None, source=source, source_key__in=keys)
    rows = _in_order(entries)
    return {event.source_key: event for event in rows if event.source_key is not None}


def known_keys(source: str, keys: Sequence[int]) -> set[int | None]:
    """Those of these numbers that the ledger has from this source."""
    entries = LedgerEntry.objects.filter(kind=Kind.VOTE, vote=None, source=source)
    return set(entries.filter(source_key__in=keys).values_list("source_key", flat=True))


def keys_of(source: str, *, after: int, limit: int) -> list[int]:
    """The next imported votes of a source, by their numbers there."""
    entries = LedgerEntry.objects.filter(kind=Kind.VOTE, vote=None, source=source)
    keys = entries.filter(source_key__gt=after).order_by("source_key")
    return [key for key in keys.values_list("source_key", flat=True)[:limit] if key is not None]


def labels_now(votes: Sequence[int]) -> dict[int, int]:
    """The label set of each vote's battle as it stands, whatever the ledger took."""
    rows = BattleLabels.objects.filter(battle__vote__in=votes)
    return dict(rows.values_list("battle__vote", "labels_id"))


def _in_order(entries: QuerySet[LedgerEntry]) -> Iterable[Event]:
    """Each vote's own entry, then what came later: in two queries, each with an index."""
    first = entries.filter(kind=Kind.VOTE)
    later = entries.exclude(kind=Kind.VOTE).order_by("number")
    for part in (first, later):
        for row in part.values_list(*COLUMNS):
            event = Event(*row)
            yield event._replace(day=str(event.day))
