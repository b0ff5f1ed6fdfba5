"""The ranking that one voter's own votes make, and how often the voter agrees with all others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.urls import reverse

from arena.battles.models import Vote
from arena.battles.states import Choice
from arena.catalog.models import ModelCard
from arena.labels.selectors import category_name
from arena.ledger.models import PairCount
from arena.ledger.selectors.events import last_events
from arena.ledger.states import VoteResult
from arena.rating.comparisons import PairCounts, VoteOutcome
from arena.rating.fit import RATED
from arena.rating.intervals import Z95
from arena.rating.methods import bradley_terry
from arena.rating.methods.bradley_terry import VERSION, WALD_UNTIL

LEAST_VOTES = 10
"""A ranking of fewer votes would say nothing."""
LEAST_BATTLES = 2
"""A model that was seen less often has no row of its own."""
MOST_VOTES = 5_000
"""The newest votes that are looked at, which bounds time and memory."""
MOST_TESTED = 10
"""Models up to which score tests judge differences: 16 take up to 0.2 s of a core at each view."""
LEAST_OTHERS = 5
"""Votes of others with a winner that a pair needs to have an opinion of all others."""


class OwnVote(NamedTuple):
    """A vote by its models' keys."""

    key: int
    card_a: int
    card_b: int
    choice: str

    @property
    def winner(self) -> tuple[int, int] | None:
        """Return winner and loser; None for a tie."""
        if self.choice == Choice.A:
            return self.card_a, self.card_b
        return (self.card_b, self.card_a) if self.choice == Choice.B else None


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A model's line: places in percent of the plot's width, and numbers."""

    name: str
    slug: str
    url: str
    votes: int
    rating: float
    lower: float
    upper: float
    ranks: tuple[int, int]
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnAgreement:
    """Share of votes in which the voter chose as most others, with a 95% interval in percent."""

    same: int
    of: int
    percent: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class OwnKind:
    """A kind of questions that the voter has voted on; ``chosen`` where only such ones count."""

    value: str
    name: str
    votes: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class OwnRanking:
    """The voter's own ranking; ``needed`` votes are missing where there are no rows yet."""

    votes: int
    needed: int
    rows: list[OwnRow]
    agreement: OwnAgreement | None
    kinds: list[OwnKind]


def own_kinds(voter: UUID, chosen: Collection[str]) -> list[OwnKind]:
    """Return the kinds of questions on which this voter has voted, the most frequent first."""
    category = "battle__labels__labels__category"
    rows = Vote.objects.filter(voter=voter).exclude(**{category: ""}).order_by()
    counts = rows.exclude(**{category: None}).values_list(category).annotate(Count("pk"))
    kinds = [OwnKind(kind, category_name(kind), count, kind in chosen) for kind, count in counts]
    return sorted(kinds, key=lambda kind: (-kind.votes, kind.name))


def own_ranking(voter: UUID, asked: Collection[str] = ()) -> OwnRanking:
    """Return the ranking by this voter's votes, in at most six queries; where kinds of questions
    are asked for, only by votes on such questions.

    A vote that an answer's own words gave away, or that is excluded from the ledger, is left out.
    """
    kinds = own_kinds(voter, asked)
    votes = counted_votes(voter, [kind.value for kind in kinds if kind.chosen])
    needed = max(0, LEAST_VOTES - len(votes))
    if needed:
        return OwnRanking(len(votes), needed, [], None, kinds)
    return OwnRanking(len(votes), 0, own_rows(votes), own_agreement(votes), kinds)


def counted_votes(voter: UUID, kinds: Collection[str] = ()) -> list[OwnVote]:
    rows = Vote.objects.filter(voter=voter, betrayed=False).order_by("-pk")
    if kinds:
        rows = rows.filter(battle__labels__labels__category__in=kinds)
    found = rows.values_list("pk", "version_a__card", "version_b__card", "choice")[:MOST_VOTES]
    votes = [OwnVote(*row) for row in found]
    events = last_events([vote.key for vote in votes])
    return [v for v in votes if v.key not in events or events[v.key].counts]


def own_rows(votes: Sequence[OwnVote]) -> list[OwnRow]:
    cards = {c.pk: c for c in ModelCard.objects.filter(pk__in={k for v in votes for k in v[1:3]})}
    keys = sorted(cards)
    place = {key: index for index, key in enumerate(keys)}
    counts = PairCounts.from_cells(
        len(keys),
        [place[vote.card_a] for vote in votes],
        [place[vote.card_b] for vote in votes],
        [int(VoteOutcome.parse(vote.choice)) for vote in votes],
        [1] * len(votes),
    )
    names = [cards[key].slug for key in keys]
    version = VERSION if len(names) <= MOST_TESTED else WALD_UNTIL
    fit = bradley_terry.fit(counts, models=names, min_votes=LEAST_BATTLES, version=version)
    by_slug = {card.slug: card.name for card in cards.values()}
    rated = [row for row in fit.rows if row.state == RATED]
    low = min((row.rating_lower or 0.0 for row in rated), default=0.0)
    high = max((row.rating_upper or 0.0 for row in rated), default=1.0)

    def across(value: float) -> float:
        return 100.0 * (value - low) / (high - low or 1.0)

    return [
        OwnRow(
            name=by_slug[row.model],
            slug=row.model,
            url=reverse(settings.MODEL_PAGE, args=[row.model]),
            votes=row.votes,
            rating=row.rating or 0.0,
            lower=row.rating_lower or 0.0,
            upper=row.rating_upper or 0.0,
            ranks=(row.rank_lower or 0, row.rank_upper or 0),
            low=across(row.rating_lower or 0.0),
            middle=across(row.rating or 0.0),
            high=across(row.rating_upper or 0.0),
        )
        for row in rated
    ]


def own_agreement(votes: Sequence[OwnVote]) -> OwnAgreement | None:
    """Compare each vote with a winner with what the others say of the same two models; None where
    the others have no opinion on any of them."""
    own = Counter(vote.winner for vote in votes if vote.winner)
    all_wins = wins_of_all({card for pair in own for card in pair})
    same = of = 0
    for (winner, loser), count in own.items():
        others_for = all_wins[winner, loser] - count
        others_against = all_wins[loser, winner] - own[loser, winner]
        if others_for + others_against < LEAST_OTHERS or others_for == others_against:
            continue
        of += count
        same += count if others_for > others_against else 0
    return wilson_share(same, of) if of else None


def wins_of_all(cards: Iterable[int]) -> Counter[tuple[int, int]]:
    """Return how often a model won against another one in the ledger, by both models' keys."""
    keys = list(cards)
    rows = PairCount.objects.filter(
        Q(outcome=VoteResult.A) | Q(outcome=VoteResult.B),
        version_a__card__in=keys,
        version_b__card__in=keys,
    )
    sums = rows.values_list("version_a__card", "version_b__card", "outcome").annotate(Sum("votes"))
    won: Counter[tuple[int, int]] = Counter()
    for a, b, outcome, count in sums:
        won[(a, b) if outcome == VoteResult.A else (b, a)] += count
    return won


def wilson_share(same: int, of: int) -> OwnAgreement:
    """Return the share with Wilson's interval, which keeps to 0 and 100."""
    share, z = same / of, Z95
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return OwnAgreement(
        same, of, 100 * share, 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)
    )
