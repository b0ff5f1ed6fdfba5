"""Reading which models can answer now, and the drawing of two of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from random import SystemRandom
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from arena.battles.models import DrawPlan
from arena.battles.selectors.budgets import cards_used_up
from arena.catalog import selectors as catalog
from arena.catalog.models import ModelVersion
from arena.core.errors import DomainError, Unavailable
from arena.matchmaking import (
    PairProbabilities,
    draw_pair,
    draw_replacement,
    shown_probability,
)


class NotEnoughModels(Unavailable):
    """A battle needs two models that can answer now."""

    code = "not_enough_models"
    message = _("Fewer than two models are ready to answer. Please come back in a little while.")


class NotAskable(Unavailable):
    """A model that was chosen by name can't answer now, or is none of the arena's."""

    code = "not_askable"
    message = _("That model can't answer just now. Please choose another one.")


class UnclearChoice(DomainError):
    """The models that were chosen by name are none, too many, or the same one twice."""

    code = "unclear_choice"
    message = _("Please choose one model, or two different ones. Nothing was sent.")


def drawable_queues() -> set[str]:
    """Return the queues on which the sides of a new battle may have to wait."""
    available = _affordable(catalog.available(catalog.active_versions()), cards_used_up())
    return {version.card.queue for version in available.values()}


def is_open() -> bool:
    """Return whether there are two models to draw."""
    available = catalog.available(catalog.active_versions())
    return len(available) >= 2 and len(_affordable(available, cards_used_up())) >= 2


INVITED = "invited"
"""The policy of a draw for somebody who was invited to an unlisted model: all pairs with at least
one such model are equally likely."""


def askable_versions() -> dict[str, ModelVersion]:
    """Return the versions that may be chosen by name by the slugs of their cards, in the order of
    their names: those that a blind battle could be given now, too."""
    if not settings.NAMED_QUESTIONS:
        return {}
    able = _affordable(catalog.available(catalog.active_versions()), cards_used_up())
    return dict(sorted(able.items(), key=lambda pair: pair[1].card.name.casefold()))


def chosen_versions(slugs: Sequence[str]) -> tuple[ModelVersion, ...]:
    """Return the versions that these cards answer with, in this order.

    Raises UnclearChoice unless it is one card or two different ones, and NotAskable for one that
    may not be chosen now.
    """
    if len(slugs) not in (1, 2) or len(set(slugs)) != len(slugs):
        raise UnclearChoice
    askable = askable_versions()
    if not askable.keys() >= set(slugs):
        raise NotAskable
    return tuple(askable[slug] for slug in slugs)


def draw_matchup(
    without: Collection[int] | None = None, *, invited: Collection[int] = ()
) -> tuple[ModelVersion, ModelVersion, str, float]:
    """Return side a, side b, the policy in force and the probability of the pair.

    ``without`` are the keys of cards whose budget has no place left; None looks them up.
    ``invited`` are those of unlisted cards that this voter was invited to: where one of them can
    answer, it is in the pair.

    Raises NotEnoughModels.

    Only versions that can answer now are drawn, by the plan given that it is these: the probability
    is that of the draw that was really made.
    """
    versions = catalog.active_versions(invited=invited)
    available = _affordable(
        catalog.available(versions), cards_used_up() if without is None else without
    )
    if len(available) < 2:
        raise NotEnoughModels
    unlisted = {slug for slug, one in available.items() if one.card.unlisted}
    if unlisted:
        slugs = sorted(available)
        # Equal chances over the pairs that have one of these models.
        pairs = combinations(range(len(slugs)), 2)
        rows = [(i, j, 1.0) for i, j in pairs if {slugs[i], slugs[j]} & unlisted]
        plan = PairProbabilities.from_rows(INVITED, rows)
    else:
        slugs = sorted(slug for slug, one in versions.items() if not one.card.unlisted)
        plan = drawn_pairs(slugs).given({slugs.index(slug) for slug in available})
    matchup = draw_pair(plan, SystemRandom())
    first, second = available[slugs[matchup.model_a]], available[slugs[matchup.model_b]]
    return first, second, plan.strategy, matchup.probability


class DrawnReplacement(NamedTuple):
    """The version that answers in a failed one's place, and the draw of the pair that is shown."""

    version: ModelVersion
    policy: str
    probability: float


def replacement_for(
    kept: ModelVersion,
    failed: Collection[str],
    queues: frozenset[str] | None,
    without: Collection[int] = (),
) -> DrawnReplacement | None:
    """Return who answers beside ``kept`` now that the models of these slugs have failed.

    ``queues`` are those that a worker serves, None where that is not known, and ``without`` the
    keys of cards whose budget has no place left. None where there is nobody else, or where ``kept``
    itself is not drawn any more. The probability is that with which the pair comes to be shown,
    given that these models fail.
    """
    versions = catalog.active_versions()
    if kept.card.slug not in versions:
        return None
    slugs = sorted(versions)
    index = {slug: position for position, slug in enumerate(slugs)}
    able = _affordable(catalog.able(versions, queues), without)
    fresh = set(able) - {kept.card.slug, *failed}
    out = {index[slug] for slug in failed if slug in index}
    stays = index[kept.card.slug]
    if not fresh:
        return None
    plan = drawn_pairs(slugs).given({index[slug] for slug in fresh} | {stays} | out)
    drawn = draw_replacement(plan, stays, out, SystemRandom())
    if drawn is None:
        return None
    probability = shown_probability(plan, (stays, drawn), out)
    return DrawnReplacement(versions[slugs[drawn]], plan.strategy, probability)


def _affordable(
    versions: dict[str, ModelVersion], without: Collection[int]
) -> dict[str, ModelVersion]:
    return {slug: one for slug, one in versions.items() if one.card_id not in without}


def drawn_pairs(slugs: list[str]) -> PairProbabilities:
    """Return the newest plan, if it knows just these models; uniform until there is one."""
    stored = DrawPlan.objects.order_by("-id").first()
    index = {slug: position for position, slug in enumerate(slugs)}
    if stored is not None and {slug for pair in stored.pairs for slug in pair[:2]} == set(slugs):
        rows = [(index[first], index[second], float(p)) for first, second, p in stored.pairs]
        return PairProbabilities.from_rows(stored.policy, rows)
    return PairProbabilities.from_rows(
        "uniform", [(i, j, 1.0) for i, j in combinations(index.values(), 2)]
    )
