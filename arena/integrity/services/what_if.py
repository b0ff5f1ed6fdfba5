"""The ranking with and without the votes of a case."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from arena.catalog.models import ModelCard
from arena.integrity.models import Case, CaseVote
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.tallies import CountTable
from arena.ledger.services.tallies import tally
from arena.rating.comparisons import PairCounts
from arena.rating.fit import RatingRow
from arena.rating.methods.bradley_terry import fit


@dataclass(frozen=True, slots=True)
class ChangedStanding:
    """A model on the board of all votes, with the votes of a case and without them."""

    slug: str
    name: str
    rating_with: float | None
    rank_with: int | None
    rating_without: float | None
    rank_without: int | None

    @property
    def places(self) -> int:
        """Return how many places the votes move the model up; negative for down."""
        if self.rank_with is None or self.rank_without is None:
            return 0
        return self.rank_without - self.rank_with


def board_without(case: Case) -> list[ChangedStanding]:
    """Return all models by their rank with the case's votes, whether those count now or not."""
    now = tally()
    events = last_events(list(CaseVote.objects.filter(case=case).values_list("vote", flat=True)))
    names = dict(ModelCard.objects.values_list("slug", "name"))
    slugs = dict(ModelCard.objects.values_list("pk", "slug"))
    own = {True: CountTable(), False: CountTable()}
    for event in events.values():
        own[event.counts].add([(slugs[event.card_a], slugs[event.card_b], event.outcome, 1)])
    counted, outside = (own[key].tally(now.head) for key in (True, False))
    every = tuple(sorted({*now.slugs, *outside.slugs}))
    base = now.over(every)
    whole = _rows(base + outside.over(every), every)
    rest = _rows(base - counted.over(every), every)
    found = [
        ChangedStanding(
            slug,
            names[slug],
            whole[slug].rating,
            whole[slug].rank,
            rest[slug].rating,
            rest[slug].rank,
        )
        for slug in every
    ]
    return sorted(found, key=lambda one: (one.rank_with is None, one.rank_with, one.name))


def _rows(counts: PairCounts, slugs: tuple[str, ...]) -> dict[str, RatingRow]:
    found = fit(counts, models=slugs, min_votes=settings.BOARD_MIN_VOTES)
    return {row.model: row for row in found.rows}
