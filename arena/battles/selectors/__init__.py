"""Reading battles. In a request, ``battle_for`` is the only way to get one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Count, Min, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, DrawPlan, Generation, Turn, Vote
from arena.battles.selectors.pictures import (
    PictureRemoved,
    picture_bytes,
    stored_digests,
    unneeded_images,
    unvoted_images,
    voted_images,
)
from arena.battles.selectors.sample_pictures import (
    drawn_sample,
    judged_sample,
    offer,
    random_sample,
    sample_about,
    sample_bytes,
    samples,
)
from arena.battles.states import OPEN_STATES, GenerationState, Pacing
from arena.catalog import selectors as catalog
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.naming import CardIdentity
from arena.catalog.states import CardState
from arena.core.errors import NotFound, Unavailable
from arena.core.markdown import render
from arena.core.text import tame
from arena.core.veil import Seen, in_step
from arena.matchmaking import DrawPlan as Plan
from arena.matchmaking import draw
from arena.voters.models import Voter
from inference_worker.wire.events import CUT

__all__ = [
    "OPEN_STATES",
    "NotEnoughModels",
    "PictureRemoved",
    "battle_for",
    "compared",
    "draw_matchup",
    "drawable_queues",
    "drawn_sample",
    "generations_of",
    "identifying_names",
    "is_open",
    "judged_sample",
    "live_counts",
    "live_generations",
    "model_limits",
    "offer",
    "oldest_queued",
    "open_battle",
    "open_counts",
    "panes",
    "picture_again",
    "picture_bytes",
    "random_sample",
    "reveal",
    "sample_about",
    "sample_bytes",
    "samples",
    "stale_battles",
    "stored_digests",
    "stored_vote",
    "turn_of",
    "unneeded_images",
    "unvoted_images",
    "voted_images",
]

# The conditions of both partial indexes in their very words: SQLite takes an index for a list of
# parameters never, and would go through all battles that ever were.
_LIVE = RawSQL("battles_generation.state IN ('queued', 'running')", [], BooleanField())
_OPEN = RawSQL("NOT battles_battle.state IN ('voted', 'skipped', 'expired')", [], BooleanField())


class NotEnoughModels(Unavailable):
    """A battle needs two models that can answer now."""

    code = "not_enough_models"
    message = _("Fewer than two models are ready to answer. Please come back in a little while.")


def battle_for(voter: UUID | None, public_id: str) -> Battle:
    """Raises NotFound for an absent battle and for somebody else's: the answers look the same.

    ``voter`` is the identity that the browser has proved; its row need not be read.
    """
    battle = Battle.objects.filter(public_id=public_id, voter=voter).first() if voter else None
    if battle is None:
        raise NotFound
    return battle


def open_battle(voter: Voter | None) -> Battle | None:
    """The newest battle that this voter has left unfinished."""
    if voter is None:
        return None
    return Battle.objects.filter(voter=voter, state__in=OPEN_STATES).first()


def turn_of(battle: Battle) -> Turn:
    """The battle's turn with its image."""
    return battle.turns.select_related("image").get(number=0)


def generations_of(battle: Battle) -> list[Generation]:
    """Both sides, a before b, with everything that a dispatch or a reveal needs."""
    rows = Generation.objects.filter(turn__battle=battle)
    return list(rows.select_related("version__card", "turn__battle", "turn__image"))


def live_generations() -> QuerySet[Generation]:
    """All sides that are waiting or answering, with what a dispatch needs."""
    rows = Generation.objects.filter(_LIVE)
    return rows.select_related("version__card", "turn__battle", "turn__image")


def stale_battles(now: datetime) -> QuerySet[Battle]:
    """Battles that nobody finished in time, the oldest first, as their index has them."""
    before = now - timedelta(minutes=settings.BATTLE_MINUTES)
    return Battle.objects.filter(_OPEN, created_at__lt=before).order_by("created_at")


def drawable_queues() -> set[str]:
    """The queues on which the sides of a new battle may have to wait."""
    available = catalog.available(catalog.active_versions())
    return {version.card.queue for version in available.values()}


def live_counts() -> dict[tuple[str, str], int]:
    """How many sides wait or answer, by state and queue. Reads the live ones alone, by index."""
    rows = Generation.objects.filter(_LIVE).order_by()
    counts = rows.values_list("state", "version__card__queue").annotate(Count("pk"))
    return {(state, queue): count for state, queue, count in counts}


def oldest_queued() -> datetime | None:
    """Since when the side has waited that waits longest."""
    rows = Generation.objects.filter(_LIVE, state=GenerationState.QUEUED)
    oldest: datetime | None = rows.aggregate(oldest=Min("queued_at"))["oldest"]
    return oldest


def open_counts() -> dict[str, int]:
    """How many battles nobody has finished, by state. Reads the open ones alone, by index."""
    rows = Battle.objects.filter(_OPEN).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))


def card_identity(version: ModelVersion) -> CardIdentity:
    """Return what the catalogue says of who answers: its card's words and its source."""
    card = version.card
    return CardIdentity(card.name, card.slug, card.organization, version.source)


def words_given(public_id: str) -> str:
    """Return all words that both models of a battle had before them: the prompt, and a sample's own
    text. Empty for a battle that is none.
    """
    turn = Turn.objects.filter(battle__public_id=public_id).first()
    if turn is None:
        return ""
    return f"{turn.prompt}\n{sample_about(turn.sample).get('alt', '') if turn.sample else ''}"


def is_open() -> bool:
    """Whether there are two models to draw."""
    return len(catalog.available(catalog.active_versions())) >= 2


def draw_matchup() -> tuple[ModelVersion, ModelVersion, str, float]:
    """Side a, side b, policy in force, probability of the pair. Raises NotEnoughModels.

    Only versions that can answer now are drawn, by the plan given that it is these: the probability
    is that of the draw that was really made.
    """
    versions = catalog.active_versions()
    available = catalog.available(versions)
    if len(available) < 2:
        raise NotEnoughModels
    slugs = sorted(versions)
    plan = _plan_over(slugs).given({slugs.index(slug) for slug in available})
    matchup = draw(plan, SystemRandom())
    first, second = available[slugs[matchup.model_a]], available[slugs[matchup.model_b]]
    return first, second, plan.strategy, matchup.probability


def panes(battle: Battle, generations: Sequence[Generation]) -> list[dict[str, Any]]:
    """What the page shows of both sides before the vote: nothing that names a model."""
    seen = [Seen(_pane_state(row), tame(row.text), shown_code(row)) for row in generations]
    if battle.pacing == Pacing.VEILED:
        seen = in_step(seen)
    return [
        {"side": row.side, "state": state, "html": render(text), "code": code}
        for row, (state, text, code) in zip(generations, seen, strict=True)
    ]


def shown_code(generation: Generation) -> str:
    """Return why a side failed, CUT for an answer that ended at the arena's limit, or nothing."""
    if generation.state == GenerationState.ENDED:
        return CUT if generation.finish == CUT else ""
    return generation.code


def stored_vote(battle: Battle) -> Vote | None:
    """The battle's vote, if it has one."""
    return Vote.objects.filter(battle=battle).first()


def compared(battle: Battle) -> dict[str, Any]:
    """What its vote says of the answers: both versions, and whether one named its model."""
    rows = Generation.objects.filter(turn__battle=battle)
    answers = list(rows.values_list("side", "version_id", "betrays"))
    versions = {f"version_{side}_id": version for side, version, _ in answers}
    return {**versions, "betrayed": any(betrays for _, _, betrays in answers)}


def reveal(generations: Sequence[Generation], choice: str) -> list[dict[str, Any]]:
    """The names behind the sides, for a battle that has its vote."""
    return [
        {
            "side": generation.side,
            "name": generation.version.card.name,
            "slug": generation.version.card.slug,
            "organization": generation.version.card.organization,
            "license": generation.version.card.license,
            "parameters": generation.version.card.parameters,
            "tokens": generation.tokens,
            "first_text_ms": generation.first_text_ms,
            "total_ms": generation.total_ms,
            "url": reverse("leaderboard:model", args=[generation.version.card.slug]),
            "preferred": choice == generation.side,
        }
        for generation in generations
    ]


def model_limits() -> list[str]:
    """What the active models say that they can't see."""
    cards = ModelCard.objects.filter(state=CardState.ACTIVE).exclude(limits="")
    return list(cards.order_by("limits").values_list("limits", flat=True).distinct())


def picture_again(battle: Battle) -> dict[str, str] | None:
    """A battle's picture for one more question; None for one that is gone.

    A sample stays a sample: sent as a file it would count as a picture of the voter's own.
    """
    turn = turn_of(battle)
    sample = turn.sample
    if not sample:
        if turn.image.removed_at:
            return None
        return {"url": reverse("battles:image", args=[battle.public_id])}
    try:
        return offer(sample)
    except NotFound:
        return None


def _plan_over(slugs: list[str]) -> Plan:
    """The newest plan, if it knows just these models; uniform until there is one."""
    stored = DrawPlan.objects.order_by("-id").first()
    index = {slug: position for position, slug in enumerate(slugs)}
    if stored is not None and {slug for pair in stored.pairs for slug in pair[:2]} == set(slugs):
        rows = [(index[first], index[second], float(p)) for first, second, p in stored.pairs]
        return Plan.from_rows(stored.policy, rows)
    return Plan.from_rows("uniform", [(i, j, 1.0) for i, j in combinations(index.values(), 2)])


def _pane_state(generation: Generation) -> str:
    names = {GenerationState.QUEUED: "waiting", GenerationState.RUNNING: "streaming"}
    return names.get(GenerationState(generation.state), generation.state)
