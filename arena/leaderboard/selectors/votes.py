"""Votes that are outside the ledger, and the names under which it takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Left

from arena.battles.models import UnfoldedVote
from arena.catalog.models import ModelCard, ModelVersion
from arena.labels.models import BattleLabels, LabelSet

Ballot = tuple[int, str, int, int, bool, str, int | None]
"""A vote outside the ledger: its number, the choice as the voter spelt it, both versions, whether
one betrayed itself, the UTC day in ISO format, and the label set, None for a vote without one. A
plain tuple, as the database gives it: there are millions.
"""


@dataclass(frozen=True, slots=True)
class Names:
    """By key, what the ledger's hashes cover instead: keys differ from database to database."""

    slugs: dict[int, str]
    labels: dict[int, str]
    """Language, category, and 1 for a sample picture or else 0, a line each."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Votes outside the ledger, and when the first of them was cast."""

    votes: int
    since: datetime | None


def backlog(most: int) -> Backlog:
    """How far the ledger is behind. Counts up to ``most``, so that it costs little then, too."""
    rows = UnfoldedVote.objects.order_by("vote_id")
    since = rows.values_list("vote__created_at", flat=True).first()
    return Backlog(rows[:most].count(), since)


def waiting(limit: int) -> list[int]:
    """The oldest votes outside the ledger."""
    return list(UnfoldedVote.objects.order_by("vote").values_list("vote", flat=True)[:limit])


def ballots(limit: int, *, after: int = 0) -> list[Ballot]:
    """The oldest votes outside the ledger behind vote number ``after``."""
    return list(_ballots().filter(vote__gt=after)[:limit])


def ballots_of(votes: Sequence[int]) -> list[Ballot]:
    """Those of these votes that are outside the ledger, oldest first."""
    return list(_ballots().filter(vote__in=votes))


def _ballots() -> QuerySet[UnfoldedVote, Ballot]:
    """One query, which reads no content: neither turns nor answers."""
    labels = BattleLabels.objects.filter(battle=OuterRef("vote__battle_id"))
    return UnfoldedVote.objects.order_by("vote").values_list(
        "vote_id",
        "vote__choice",
        "vote__version_a_id",
        "vote__version_b_id",
        "vote__betrayed",
        Left(Cast("vote__created_at", TextField()), 10),
        Subquery(labels.values("labels_id")),
    )


def names() -> Names:
    """Of all cards and label sets there are."""
    sets = LabelSet.objects.values_list("id", "language", "category", "preset")
    return Names(
        slugs=dict(ModelCard.objects.values_list("id", "slug")),
        labels={
            key: f"{language}\n{category}\n{sample:d}" for key, language, category, sample in sets
        },
    )


def cards_of_versions() -> dict[int, int]:
    """The card of each model version."""
    return dict(ModelVersion.objects.values_list("id", "card_id"))
