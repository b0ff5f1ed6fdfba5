"""Reading which versions are on trial, and what they may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from arena.battles.models import Battle, Turn
from arena.battles.states import BattleState, Clearance
from arena.catalog.models import ModelVersion
from arena.catalog.states import CardState, ProbeResult
from arena.shadows.models import ShadowAnswer
from arena.shadows.states import ShadowState
from arena.spending import selectors as spending

NEWEST = 200
"""The battles that are looked through for a question, the newest first."""


def versions_on_trial() -> list[ModelVersion]:
    """Return, of each card, the newest version that passed its probe and answers for no voter.

    That of a card on trial, and that of an active card whose operator has not chosen it yet. A card
    with a price or a budget is left out: what it may spend is meant for voters.
    """
    waits = Q(card__state=CardState.TRIAL) | Q(
        card__state=CardState.ACTIVE, number__gt=F("card__answering_version__number")
    )
    rows = ModelVersion.objects.filter(waits, probe=ProbeResult.PASSED).select_related(
        "card", "health"
    )
    newest = {version.card_id: version for version in rows.order_by("number")}
    bound = spending.budgets(newest)
    return [one for card, one in newest.items() if card not in bound and not one.is_out]


def asked_since(day: datetime) -> Mapping[int, int]:
    """Return by version how many shadow answers it was asked for since this time."""
    rows = ShadowAnswer.objects.filter(asked_at__gte=day).order_by().values_list("version")
    return dict(rows.annotate(Count("pk")))


def open_shadows() -> QuerySet[ShadowAnswer]:
    """Return the shadow answers that are under way."""
    rows = ShadowAnswer.objects.filter(state=ShadowState.ASKED)
    return rows.select_related("version__card", "turn__battle", "turn__image")


def next_question(version: ModelVersion, now: datetime) -> Turn | None:
    """Return the newest question that the version may be asked; None where there is none.

    Its voter agreed to publication, moderation lets it be published, all pictures are there, and it
    was asked within the last day.
    """
    newest = Battle.objects.order_by("-pk").values("pk")[:NEWEST]
    turns = Turn.objects.filter(
        number=0,
        image__removed_at__isnull=True,
        battle__in=newest,
        battle__state=BattleState.VOTED,
        battle__publish=True,
        battle__clearance=Clearance.CLEAR,
        battle__unlisted=False,
        battle__erased_at=None,
        battle__created_at__gte=now - timedelta(days=1),
    )
    asked = ShadowAnswer.objects.filter(version=version).values("turn")
    rows = turns.exclude(prompt="").exclude(further__image__removed_at__isnull=False)
    return rows.exclude(pk__in=asked).select_related("battle", "image").order_by("-pk").first()


def shadows_of(battle: Battle) -> QuerySet[ShadowAnswer]:
    """Return the shadow answers to a battle's question, with their models."""
    rows = ShadowAnswer.objects.filter(turn__battle=battle)
    return rows.select_related("version__card").order_by("pk")


def patience() -> timedelta:
    """Return how long a shadow answer may take; voters' battles go first all that time."""
    return timedelta(minutes=15, seconds=settings.QUEUE_SECONDS + settings.ANSWER_SECONDS)
