"""Reading cards and versions."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import Probe
from arena.core.redis import client
from inference_worker.wire import presence


class Votes(TypedDict):
    """What a list for operators adds to a card."""

    votes: int


def cards_for_operators() -> QuerySet[WithAnnotations[ModelCard, Votes]]:
    """Every card with ``votes``, and its versions, newest first."""
    newest = ModelVersion.objects.order_by("-number")
    votes = Coalesce(_votes_on("a"), 0) + Coalesce(_votes_on("b"), 0)
    return ModelCard.objects.annotate(votes=votes).prefetch_related(Prefetch("versions", newest))


def _votes_on(side: str) -> Subquery:
    # The counts belong to the leaderboard, above this app: named here by their relation alone.
    cards = ModelCard.objects.filter(pk=OuterRef("pk")).order_by()
    return Subquery(cards.annotate(sum=Sum(f"counts_{side}__votes")).values("sum"))


def newest_version(card: ModelCard) -> ModelVersion | None:
    """The version with the highest number, whatever its trial said."""
    return card.versions.order_by("-number").first()


def trial_is_overdue(version: ModelVersion) -> bool:
    """Whether its answer should have come by now: then no worker serves the card's queue."""
    patience = timedelta(seconds=settings.QUEUE_SECONDS + settings.ANSWER_SECONDS)
    asked = version.tried_at if version.probe == Probe.RUNNING else None
    return asked is not None and asked + patience < timezone.now()


def workers() -> list[presence.WorkerReport]:
    """The workers that have reported within the last seconds. Raises RedisError."""
    return presence.workers(client())
