"""The ranking with and without the votes of a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from arena.catalog.models import ModelCard
from arena.integrity.models import Case, CaseVote
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.tallies import Named, VoteTally
from arena.ledger.services.tallies import tally
from arena.rating.comparisons import PairCounts
from arena.rating.methods.bradley_terry import fit


@dataclass(frozen=True, slots=True)
class ChangedStanding:
    """A model on the board of all votes: with the votes of a case, without those that carry its
    evidence, and without any of them. A model without a rank has no rating either."""

    slug: str
    name: str
    rating_with: float | None
    rank_with: int | None
    rating_rest: float | None
    rank_rest: int | None
    rating_without: float | None
    rank_without: int | None

    @property
    def places_by_carriers(self) -> int:
        """Return how many places the votes with the evidence move the model up."""
        return _places(self.rank_with, self.rank_rest)

    @property
    def places(self) -> int:
        """Return how many places the votes move the model up; negative for down."""
        return _places(self.rank_with, self.rank_without)


def _places(rank: int | None, other: int | None) -> int:
    return other - rank if rank is not None and other is not None else 0


def board_without(case: Case) -> list[ChangedStanding]:
    """Return all models by their rank with the case's votes, whether those count now or not."""
    now = tally()
    # The votes of the case by whether they count now, and carry its evidence.
    carries = dict(CaseVote.objects.filter(case=case).values_list("vote", "carries"))
    slugs = dict(ModelCard.objects.values_list("pk", "slug"))
    rows = defaultdict[tuple[bool, bool], list[Named]](list)
    for vote, event in last_events(list(carries)).items():
        named = (slugs[event.card_a], slugs[event.card_b], event.outcome, 1)
        rows[event.counts, carries[vote]].append(named)
    own = {key: VoteTally.of(now.head, some) for key, some in rows.items()}
    every = tuple(sorted({*now.slugs, *(slug for one in own.values() for slug in one.slugs)}))
    base = now.over(every)
    for (counts, _), one in own.items():
        base = base - one.over(every) if counts else base
    others = _sum(base, [one for (_, carries), one in own.items() if not carries], every)
    whole = _rows(_sum(base, own.values(), every), every)
    rest, without = _rows(others, every), _rows(base, every)
    names = dict(ModelCard.objects.values_list("slug", "name"))
    found = [
        ChangedStanding(slug, names[slug], *whole[slug], *rest[slug], *without[slug])
        for slug in every
    ]
    return sorted(found, key=lambda one: (one.rank_with is None, one.rank_with, one.name))


def _sum(base: PairCounts, parts: Iterable[VoteTally], every: tuple[str, ...]) -> PairCounts:
    for part in parts:
        base = base + part.over(every)
    return base


def _rows(counts: PairCounts, slugs: tuple[str, ...]) -> dict[str, tuple[float | None, int | None]]:
    found = fit(counts, models=slugs, min_votes=settings.BOARD_MIN_VOTES)
    return {row.model: (row.rating, row.rank) for row in found.rows}
