"""The sampling preview: what a policy of drawing pairs would do, before it is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from arena.boards.models import Board
from arena.boards.selectors import OVERALL
from arena.boards.services.draw_plans import Pairs, known_ratings, planned_pairs, rated_names
from arena.boards.services.recipes import BoardRecipe, compute
from arena.catalog.models import ModelCard, ModelVersion
from arena.matchmaking import PairProbabilities, votes_until, widths_after
from arena.rating.intervals import Z95

MOST_PAIRS = 60
"""Pairs that are listed where no model is asked for; of a model, all are."""


@dataclass(frozen=True, slots=True)
class ModelForecast:
    """The effect of a policy on a model. ``days`` is None if its interval never gets narrow
    enough, and 0 if it already is."""

    slug: str
    name: str
    share: float
    """The percentage of battles that it takes part in."""
    width: float
    """The width of its interval now, in points; of a model without votes, of what is assumed."""
    votes: float | None
    days: float | None


@dataclass(frozen=True, slots=True)
class PairForecast:
    """A pair and its probability, in percent."""

    first: str
    second: str
    percent: float


@dataclass(frozen=True, slots=True)
class SamplingPreview:
    """A policy's effect; ``pairs`` are the likeliest first, of ``pair_count`` in all."""

    models: list[ModelForecast]
    pairs: list[PairForecast]
    pair_count: int
    boosted: list[ModelCard]
    """The cards whose boost is in force, and is assumed to go on."""

    @property
    def days(self) -> float | None:
        """Return the days until the last model's interval is narrow enough; None for never."""
        days = [model.days for model in self.models]
        return None if None in days else max((day for day in days if day is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class InvitedForecast:
    """An unlisted model: its opponents for whoever is invited to it alone, and the probability of
    each of these pairs, in percent."""

    name: str
    opponents: int

    @property
    def percent(self) -> float:
        """Return the probability of each pair; none where there is no opponent."""
        return 100.0 / self.opponents if self.opponents else 0.0


def preview_invited(versions: Iterable[ModelVersion]) -> list[InvitedForecast]:
    """Return the unlisted ones among the active models, whose pairs no policy changes."""
    cards = [version.card for version in versions]
    listed = sum(not card.unlisted for card in cards)
    names = sorted(card.marked_name for card in cards if card.unlisted)
    return [InvitedForecast(name, listed) for name in names]


def preview_sampling(
    active: Mapping[str, ModelVersion],
    *,
    strategy: str,
    votes_a_day: float,
    width: float,
    model: str = "",
) -> SamplingPreview | None:
    """Return what a strategy would do with the votes that there are; None for fewer than two
    models. Of the ``active`` versions the listed ones are drawn. ``width`` is the wanted width of
    an interval in points, ``model`` the slug of the card whose pairs are listed."""
    versions = {slug: one for slug, one in active.items() if not one.card.unlisted}
    if len(versions) < 2:
        return None
    board = Board.objects.get(slug=OVERALL)
    found = compute(BoardRecipe.of_board(board, datetime.now(UTC).date()))
    pairs = planned_pairs(found, versions, strategy=strategy)
    slugs = sorted(versions)
    theta, covariance, _votes = known_ratings(rated_names(versions, found.rated), found)
    index = {slug: place for place, slug in enumerate(slugs)}
    plan = PairProbabilities.from_rows(strategy, [(index[i], index[j], p) for i, j, p in pairs])
    per_sd = 2.0 * Z95 * found.fit.scale.per_nat
    now = widths_after(0.0, theta, covariance, plan, width_per_sd=per_sd)
    needed = votes_until(width, theta, covariance, plan, width_per_sd=per_sd)
    part = np.bincount(
        plan.pairs.ravel(), weights=np.repeat(plan.probability, 2), minlength=len(slugs)
    )
    models: list[ModelForecast] = []
    for i, slug in enumerate(slugs):
        version = versions[slug]
        left = needed[i]
        reached = bool(np.isfinite(left))
        days = left / votes_a_day if reached and votes_a_day else (0.0 if left == 0.0 else None)
        models.append(
            ModelForecast(
                slug=version.card.slug,
                name=version.card.name,
                share=100.0 * float(part[i]),
                width=float(now[i]),
                votes=float(left) if reached else None,
                days=None if days is None else float(days),
            )
        )
    models.sort(key=lambda one: (one.days is not None, -(one.days or 0.0), one.name))
    boosted = [one.card for one in versions.values() if one.card.is_boosted]
    return SamplingPreview(models, _listed(pairs, versions, model), len(pairs), boosted)


def _listed(pairs: Pairs, versions: Mapping[str, ModelVersion], model: str) -> list[PairForecast]:
    chosen = [pair for pair in pairs if not model or model in pair[:2]]
    chosen.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
    return [
        PairForecast(versions[first].card.name, versions[second].card.name, 100.0 * probability)
        for first, second, probability in (chosen if model else chosen[:MOST_PAIRS])
    ]
