"""A model beside the base that it was tuned from, and beside those that were tuned from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arena.boards.selectors import OVERALL
from arena.catalog.models import CardFacts, ModelCard
from arena.catalog.selectors import public_cards
from arena.leaderboard.selectors.records import OpponentRecord
from arena.leaderboard.selectors.standings import BoardLine, standings


@dataclass(frozen=True, slots=True)
class RelatedModel:
    """A public model that is related to that of the page by tuning, or that model itself.

    ``base_version`` is the number of its version that was tuned from, None for all but the base.
    ``record`` is that of the page's model against it, None where they never met.
    """

    card: ModelCard
    is_base: bool
    base_version: int | None
    line: BoardLine | None
    record: OpponentRecord | None


def related_models(card: ModelCard, records: list[OpponentRecord]) -> list[RelatedModel]:
    """Return base, model and models tuned from it in this order; nothing for a model without any.

    ``records`` are those of the model against its opponents. A card that is not public is left out.
    """
    known = CardFacts.objects.filter(card=card, tuned_from__card__in=public_cards())
    facts = known.select_related("tuned_from__card").first()
    tuned = public_cards().filter(facts__tuned_from__card=card).order_by("name", "slug")
    base = facts.tuned_from if facts else None
    cards = [*([base.card] if base else []), card, *tuned]
    if len(cards) == 1:
        return []
    against: Mapping[int, OpponentRecord] = {one.opponent.pk: one for one in records}
    lines = {line.model_name: line for line in reversed(standings(OVERALL).lines)}
    return [
        RelatedModel(
            card=one,
            is_base=base is not None and one == base.card,
            base_version=base.number if base is not None and one == base.card else None,
            line=lines.get(one.slug),
            record=against.get(one.pk),
        )
        for one in cards
    ]
