"""The content of the public page of changes: what happened to each model, when and why."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from arena.battles.models import Generation
from arena.battles.states import BattleState
from arena.catalog.models import CardChange, ModelCard, ModelVersion
from arena.catalog.selectors import public_cards

PAGE = 100
"""Changes on one page."""


@dataclass(frozen=True, slots=True)
class CardChangesPage:
    """Changes of cards that readers know, the newest first."""

    changes: list[CardChange]
    card: ModelCard | None
    """The one card whose changes these are; None for all."""
    older: int | None
    """The key before which the next page begins; None where nothing is older."""
    unlisted: list[tuple[str, int]]
    """For each maker the number of versions that were probed and that no public vote is about."""


def card_changes(slug: str = "", before: str = "") -> CardChangesPage:
    """Return the changes before this key, of one card where a slug is given.

    A card that was never listed says nothing here, and a slug of none shows all.
    """
    card = public_cards().filter(slug=slug).first() if slug else None
    rows = CardChange.objects.filter(card__in=public_cards()).select_related(
        "card", "version", "replaced"
    )
    if card is not None:
        rows = rows.filter(card=card)
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    # A battle that still waits for its vote changes nothing here: otherwise a voter could learn
    # from the number that a model answers for the first time.
    answers = Generation.objects.filter(
        version=OuterRef("pk"),
        turn__battle__state=BattleState.VOTED,
        turn__battle__unlisted=False,
    )
    tried = ModelVersion.objects.filter(~Exists(answers), tried_at__isnull=False)
    named = tried.exclude(card__organization="").order_by("card__organization")
    unlisted = list(named.values_list("card__organization").annotate(Count("pk")))
    return CardChangesPage(found[:PAGE], card, older, unlisted)
