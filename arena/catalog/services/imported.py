"""Cards of models that other arenas voted on: known by name, never drawn."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from django.db import transaction
from django.utils.text import slugify

from arena.catalog.models import ModelCard
from arena.catalog.states import CardState

NOTE = "From votes of another arena; it can't answer here."
"""The description by which such a card is told from those of models that answer here."""
LONGEST_NAME, LONGEST_SLUG = 100, 50


@transaction.atomic
def imported_cards(names: Iterable[str]) -> dict[str, int]:
    """Return the card of each name; make those missing, retired, so that they are never drawn.

    A card that other imports made for the same name is taken; one of a model that answers here is
    not, because what answered elsewhere is not what answers here.
    """
    cards = {}
    for name in sorted(set(names)):
        shown = " ".join(name.split())[:LONGEST_NAME]
        base = slugify(name)[: LONGEST_SLUG - 5].strip("-") or "model"
        for number in count(1):
            slug = base if number == 1 else f"{base}-{number}"
            card = ModelCard.objects.filter(slug=slug).first()
            if card is None:
                card = ModelCard.objects.create(
                    slug=slug, name=shown, state=CardState.RETIRED, description=NOTE
                )
            if card.description == NOTE and card.name == shown:
                cards[name] = card.pk
                break
    return cards
