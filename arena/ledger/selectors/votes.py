"""Votes that are outside the ledger, and the names under which it takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Left

from arena.battles.models import GateResult, UnfoldedVote, Vote
from arena.battles.selectors.waiting import waiting_votes
from arena.catalog.models import ModelCard, ModelVersion
from arena.gates.states import ACCOUNT_AGE, REPEATED_QUESTION, GateVerdict
from arena.labels.models import BattleLabels, LabelSet
from arena.ledger.models import LedgerEntry, ModelHold
from arena.ledger.states import EntryKind, ExclusionReason

Ballot = tuple[int, str, int, int, str, str, int | None]
"""A vote outside the ledger: its number, the choice as the voter spelt it, both versions, the
reason for which it does not count or nothing, the UTC day in ISO format, and the label set, None
for a vote without one. A plain tuple, as the database gives it: there are millions.
"""


@dataclass(frozen=True, slots=True)
class ChainNames:
    """The words, by key, that hashes cover in place of keys, which differ between databases."""

    slugs: dict[int, str]
    versions: dict[int, str]
    """Slug of the card and number of the version, a line each."""
    cards: dict[int, int]
    """The card of each version: a key, which no hash covers."""
    labels: dict[int, str]
    """Language, category, and 1 for a sample picture or else 0, a line each."""


@dataclass(frozen=True, slots=True)
class VoteBacklog:
    """Votes outside the ledger, and when the first of them was cast."""

    votes: int
    since: datetime | None


def backlog(most: int) -> VoteBacklog:
    """Return how far the ledger is behind, counted up to ``most``."""
    rows = UnfoldedVote.objects.order_by("vote_id")
    since = rows.values_list("vote__created_at", flat=True).first()
    return VoteBacklog(rows[:most].count(), since)


def waiting(limit: int) -> list[int]:
    """Return the oldest votes outside the ledger."""
    return list(UnfoldedVote.objects.order_by("vote").values_list("vote", flat=True)[:limit])


def ballots(limit: int, *, after: int = 0) -> list[Ballot]:
    """Return the oldest votes outside the ledger behind vote number ``after``."""
    return list(_ballots(waiting_votes(after=after))[:limit])


def ballots_of(votes: Sequence[int]) -> list[Ballot]:
    """Return those of these votes that are outside the ledger, the oldest first."""
    rows = UnfoldedVote.objects.order_by("vote")
    return list(_ballots(rows.filter(vote__in=votes)))


def _ballots(rows: QuerySet[UnfoldedVote]) -> QuerySet[UnfoldedVote, Ballot]:
    """Return the query of votes outside the ledger as ballots; it reads no turns and answers."""
    labels = BattleLabels.objects.filter(battle=OuterRef("vote__battle_id"))
    failed = GateResult.objects.filter(battle=OuterRef("vote__battle_id"), verdict=GateVerdict.FAIL)
    asked_before = Exists(failed.filter(gate=REPEATED_QUESTION))
    reasons = [
        When(vote__betrayed=True, then=Value(ExclusionReason.BETRAYED.value)),
        When(asked_before, then=Value(ExclusionReason.DUPLICATE.value)),
    ]
    if settings.ACCOUNT_HOURS:
        too_young = Exists(failed.filter(gate=ACCOUNT_AGE))
        reasons.append(When(too_young, then=Value(ExclusionReason.ACCOUNT.value)))
    if most := settings.COUNTED_VOTES_A_DAY:
        beyond = Value(ExclusionReason.BUDGET.value)
        reasons.append(When(vote__votes_today__gte=most, then=beyond))
    waits = Value(ExclusionReason.PROVISIONAL.value)
    reasons += [When(waits_under(hold, "vote__"), then=waits) for hold in holds()]
    return rows.values_list(
        "vote_id",
        "vote__choice",
        "vote__version_a_id",
        "vote__version_b_id",
        Case(*reasons, default=Value("")),
        Left(Cast("vote__created_at", TextField()), 10),
        Subquery(labels.values("labels_id")),
    )


def holds() -> list[ModelHold]:
    """Return the models on which the votes of voters who are not known wait now."""
    return list(ModelHold.objects.all()) if settings.HOLD_HOURS else []


def waits_now(vote: Vote) -> bool:
    """Return whether a vote is a new voter's on a model on which such votes wait now."""
    own = Vote.objects.filter(pk=vote.pk)
    return any(own.filter(waits_under(hold)).exists() for hold in holds())


def waits_under(hold: ModelHold, vote: str = "") -> Q:
    """Return the condition that a vote waits because its model is held: it was cast since the
    alarm's beginning, by a voter who was not known then.

    ``vote`` is the path of the query to the vote, with the underscores behind it.
    """
    sides = {f"{vote}version_{side}__card": hold.card_id for side in ("a", "b")}
    on_model = Q(**sides, _connector=Q.OR)
    since = Q(**{f"{vote}created_at__gte": hold.since})
    return on_model & since & Q(~is_known(f"{vote}voter", hold.card_id, hold.since))


def is_known(voter: str, card: int, since: datetime) -> Exists:
    """Return the condition that a voter, named by a path of the query, was known before an alarm.

    He had cast ``HOLD_VOTES`` votes on models other than this one, ``HOLD_HOURS`` before the
    alarm's beginning or earlier, that no exclusion ever took out.
    """
    others = Vote.objects.filter(
        voter=OuterRef(voter),
        created_at__lt=since - timedelta(hours=settings.HOLD_HOURS),
        betrayed=False,
        unlisted=False,
    ).exclude(Q(version_a__card=card) | Q(version_b__card=card))
    # That no exclusion is a vote is said for SQLite, which finds its index by these words alone.
    later = LedgerEntry.objects.filter(vote=OuterRef("pk")).exclude(kind=EntryKind.VOTE)
    out = later.filter(kind=EntryKind.EXCLUSION).exclude(reason=ExclusionReason.RELABELLED)
    counted = others.filter(~Exists(out))
    return Exists(counted[settings.HOLD_VOTES - 1 :])


def names() -> ChainNames:
    """Return those of all cards, versions and label sets that there are."""
    sets = LabelSet.objects.values_list("id", "language", "category", "preset")
    slugs = dict(ModelCard.objects.values_list("id", "slug"))
    versions = list(ModelVersion.objects.values_list("id", "card_id", "number"))
    return ChainNames(
        slugs=slugs,
        versions={key: f"{slugs[card]}\n{number}" for key, card, number in versions},
        cards={key: card for key, card, _ in versions},
        labels={
            key: f"{language}\n{category}\n{sample:d}" for key, language, category, sample in sets
        },
    )


def cards_of_versions() -> dict[int, int]:
    """Return the card of each model version."""
    return dict(ModelVersion.objects.values_list("id", "card_id"))
