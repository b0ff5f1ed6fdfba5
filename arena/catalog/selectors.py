"""Reading cards and versions, and which of them can answer now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_stubs_ext import WithAnnotations
from redis.exceptions import RedisError

from arena.catalog.conditions import shortfall
from arena.catalog.models import (
    DRAWABLE,
    CardChange,
    ModelCard,
    ModelVersion,
    ProbeReport,
    VersionHealth,
)
from arena.catalog.states import LISTED, NEVER_ACTIVE, CardState, HealthState, ProbeResult
from arena.core.folding import folded
from arena.core.redis import client
from inference_worker.wire import model_lists, presence
from inference_worker.wire.model_lists import ModelList
from inference_worker.wire.prompt_limits import PromptLimit


class CardVotes(TypedDict):
    """The numbers of votes that a list for operators adds to a card."""

    votes: int
    uncounted: int


def cards_for_operators() -> QuerySet[WithAnnotations[ModelCard, CardVotes]]:
    """Return every card with ``votes``, those that count, ``uncounted``, and its versions.

    Uncounted are votes on battles in which an answer of the card named its model. The newest
    version comes first.
    """
    newest = ModelVersion.objects.order_by("-number").select_related("health")
    votes = Coalesce(_votes_on("a"), 0) + Coalesce(_votes_on("b"), 0)
    return ModelCard.objects.annotate(votes=votes, uncounted=count_uncounted()).prefetch_related(
        Prefetch("versions", newest)
    )


def _votes_on(side: str) -> Subquery:
    # The counts belong to the leaderboard, above this app: named here by their relation alone.
    versions = ModelVersion.objects.filter(card=OuterRef("pk")).order_by()
    counted = versions.values("card").annotate(sum=Sum(f"counts_{side}__votes"))
    return Subquery(counted.values("sum"))


def namesakes() -> list[list[ModelCard]]:
    """Groups of cards that could meet although readers can't tell their names apart."""
    groups: dict[str, list[ModelCard]] = {}
    for card in ModelCard.objects.filter(state__in=DRAWABLE).order_by("slug"):
        groups.setdefault(folded(card.name), []).append(card)
    return [cards for cards in groups.values() if len(cards) > 1]


def count_uncounted() -> Coalesce:
    # Answers belong to battles, above this app. The condition is that of an index of its own.
    answers = ModelCard.objects.filter(
        pk=OuterRef("pk"),
        versions__generations__betrays=True,
        versions__generations__turn__battle__state="voted",
    ).order_by()
    counted = answers.values("pk").annotate(sum=Count("versions__generations"))
    return Coalesce(Subquery(counted.values("sum")), 0)


def newest_version(card: ModelCard) -> ModelVersion | None:
    """The version with the highest number, whatever its probe said."""
    return card.versions.order_by("-number").first()


def probe_is_overdue(version: ModelVersion) -> bool:
    """Return whether the answer should have come by now: then no worker serves the card's queue."""
    patience = timedelta(seconds=settings.QUEUE_SECONDS + settings.ANSWER_SECONDS)
    asked = version.tried_at if version.probe == ProbeResult.RUNNING else None
    return asked is not None and asked + patience < timezone.now()


def public_cards() -> QuerySet[ModelCard]:
    """Return the cards that readers know of: those that are listed and were once active."""
    changes = CardChange.objects.filter(card=OuterRef("pk"))
    dropped = changes.filter(before__in=NEVER_ACTIVE, after=CardState.RETIRED)
    never_active = Exists(dropped) & ~Exists(changes.filter(after=CardState.ACTIVE))
    return ModelCard.objects.filter(state__in=LISTED, unlisted=False).exclude(never_active)


def active_versions(
    *, invited: Collection[int] = (), unlisted: bool = False
) -> dict[str, ModelVersion]:
    """Return the version that each drawable card answers with, well or not, by slug.

    Unlisted cards are left out but for those whose keys are ``invited``; for operators,
    ``unlisted`` takes them all in.
    """
    met = Q(card__unlisted=False) | Q(card__in=invited) if invited else Q(card__unlisted=False)
    met = Q() if unlisted else met
    chosen = Q(card__answering_version=F("pk"))
    newest = Q(card__answering_version=None, probe=ProbeResult.PASSED)
    rows = ModelVersion.objects.filter(
        chosen | newest, met, card__state=CardState.ACTIVE, card__weight__gt=0
    ).select_related("card", "health")
    passed = ProbeReport.objects.filter(version=OuterRef("pk"), result=ProbeResult.PASSED)
    rows = rows.annotate(findings=Subquery(passed.order_by("-pk").values("checks")[:1]))
    return {version.card.slug: version for version in rows.order_by("number")}


def boosted_cards() -> QuerySet[ModelCard]:
    """Return the drawable cards whose boost is in force, by its end."""
    met = ModelCard.objects.filter(state=CardState.ACTIVE, weight__gt=0, unlisted=False)
    return met.filter(boost_until__gt=timezone.now()).order_by("boost_until", "name")


def lacks(version: ModelVersion) -> str:
    """Return what one of ``active_versions`` lacks to meet the arena's conditions, or nothing."""
    return shortfall(version, getattr(version, "findings", None) or [])


def available(versions: Mapping[str, ModelVersion]) -> dict[str, ModelVersion]:
    """Return those of ``active_versions`` that are healthy and whose queue a worker serves."""
    return able(versions, served_queues())


def able(
    versions: Mapping[str, ModelVersion], queues: frozenset[str] | None
) -> dict[str, ModelVersion]:
    """Return those of ``active_versions`` that are healthy, meet the arena's conditions, and whose
    queue is one of these; None says that the queues are not known, and any will do."""
    return {
        slug: one
        for slug, one in versions.items()
        if not one.is_out and not lacks(one) and (queues is None or one.card.queue in queues)
    }


def served_queues() -> frozenset[str] | None:
    """The queues that a worker listens to which reported lately. None where that is not known: of
    a Redis that is away, or that began so lately that workers may not have said so again."""
    try:
        found = frozenset(queue for worker in workers() for queue in worker.queues)
        return found if found or presence.remembers_workers(client()) else None
    except RedisError:
        return None


LEAST_PROMPT = 100
"""A model that takes fewer tokens is broken, or its worker lies; neither shall close the arena."""


def prompt_limits() -> list[PromptLimit]:
    """Return how long a prompt may be for the models of active cards, as far as workers know it.

    Each limit stands there once, the strictest first. Empty where Redis is away.
    """
    try:
        reported = [limit for worker in workers() for limit in worker.limits]
    except RedisError:
        return []
    sources = {version.source for version in active_versions().values()} if reported else set()
    limits = {
        PromptLimit("", limit.tokens, min(limit.rate, 1000))
        for limit in reported
        if limit.source in sources and limit.tokens >= LEAST_PROMPT
    }
    return sorted(limits, key=lambda limit: (limit.tokens, -limit.rate))


@dataclass(frozen=True, slots=True)
class WorkerAbsence:
    """A version that is not drawn now: by its limits, its health, or because no worker listens."""

    version: ModelVersion

    @property
    def why(self) -> str:
        """A sentence for operators."""
        version = self.version
        lacking = lacks(version)
        if lacking == "turns":
            return _("takes fewer turns than a battle may have (ARENA_BATTLE_TURNS)")
        if lacking == "pictures":
            return _("takes fewer pictures than a battle may have (ARENA_BATTLE_IMAGES)")
        if lacking == "pixels":
            return _("takes no picture of the largest size that a battle may have")
        if not version.is_out:
            return _("no worker listens to the queue %(queue)s") % {"queue": version.card.queue}
        return _("out of the draw since %(since)s: %(reason)s (%(code)s); next check %(next)s") % {
            "since": _moment(version.health.since),
            "reason": version.health.get_reason_display(),
            "code": version.health.code,
            "next": _moment(version.health.check_at),
        }

    def __str__(self) -> str:
        return f"{self.version.card.marked_name}: {self.why}"


def absences(versions: Mapping[str, ModelVersion]) -> list[WorkerAbsence]:
    """Return those of ``active_versions`` that are not drawn now, by name."""
    there = available(versions)
    return sorted(
        (WorkerAbsence(one) for slug, one in versions.items() if slug not in there), key=str
    )


def _moment(then: datetime | None) -> str:
    return date_format(timezone.localtime(then), "SHORT_DATETIME_FORMAT") if then else "-"


def checks_due(now: datetime, patience: timedelta | None = None) -> QuerySet[VersionHealth]:
    """Whose check, or whose look after one, is due; within ``patience`` after the last one where
    that is given, however long the version would have to wait otherwise."""
    due = Q(check_at__lte=now)
    if patience is not None:
        due |= Q(state=HealthState.OUT, asked_at=None, checked_at__lte=now - patience)
    return VersionHealth.objects.filter(due).select_related("version__card").order_by("check_at")


def failures_by_card() -> dict[str, int]:
    """Return by slug how many answers of a card's versions ever failed; cards without are left
    out."""
    rows = VersionHealth.objects.values_list("version__card__slug").annotate(Sum("failures"))
    return {slug: failures for slug, failures in rows.order_by() if failures}


def model_list(token: str) -> ModelList | None:
    """Return the models at the endpoint that was asked under this token; None while it is asked.

    Raises RedisError, and MalformedMessage for a list that no worker of ours has put there.
    """
    return model_lists.get(client(), token)


def workers() -> list[presence.WorkerReport]:
    """The workers that have reported within the last seconds. Raises RedisError."""
    return presence.workers(client())
