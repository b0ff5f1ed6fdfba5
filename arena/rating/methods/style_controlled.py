"""Bradley-Terry with style held equal: what a model's wins owe to length, lists and bold.

Needs single votes; without features it is Bradley-Terry with Firth's borrowed points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.clusters import clustered, facts_of
from arena.rating.comparisons import Comparisons, Floats, PairCounts
from arena.rating.fit import STANDARD, Fit, Interval, Scale
from arena.rating.intervals import Z95, thin_models
from arena.rating.level import SETTLED_UNTIL, level_of
from arena.rating.order import in_own_order
from arena.rating.style import RIDGE, StyleFit, pulls_with_style, solve_with_style

NEEDS_ROWS = True
VERSION = 2

# The columns that the arena itself measures on its answers, in this order.
FEATURES = ("token_length", "headers", "lists", "bold")


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    ridge: float = RIDGE,
    features: Sequence[str] = FEATURES,
) -> Fit:
    """Rate the connected models at equal style.

    `features` names the columns of `votes.features`; `details["style"]` holds a coefficient with
    95% interval, in points per typical difference, for each of them that any answer had. `ridge`
    counts in single votes, so that it cannot undo the control. Raises ValueError on pair counts and
    wrong names.
    """
    if not isinstance(votes, Comparisons):
        raise ValueError("style control needs single votes, not pair counts")
    base = ground(votes, models, scale, version=version)
    found, details = Strengths.nobody(), dict[str, Any](style={})
    if not base.empty:
        rows = in_own_order(votes.inside(base.inside, len(models)))
        found, details = _rated(base, rows, ridge, features, scale)
    facts = {"ridge": ridge, **details}
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    return assemble("style_controlled", base, found, details=facts, **shared)


def _rated(
    base: Ground, rows: Comparisons, ridge: float, features: Sequence[str], scale: Scale
) -> tuple[Strengths, dict[str, Any]]:
    styled = solve_with_style(rows, len(base.inside), ridge=ridge)
    grouped = None
    if rows.voter is not None:
        grouped = clustered(styled.inverse, pulls_with_style(styled, rows), rows)
    if grouped is not None:
        styled = replace(styled, covariance=grouped.covariance)
    quantile = grouped.quantile if grouped else Z95
    basis: Interval = "voters" if grouped else "style"
    found = _levelled(styled, base)
    style = _coefficients(styled, features, scale, quantile)
    if base.version > SETTLED_UNTIL and rows.features is not None:
        seen: list[bool] = np.any(rows.features, axis=0).tolist()
        style = {name: style[name] for name, told in zip(style, seen, strict=True) if told}
    details = {"style": style, "steps": styled.steps, **facts_of(grouped)}
    return Strengths(base.inside, *found, quantile, basis), details


def _levelled(styled: StyleFit, base: Ground) -> tuple[Floats, Floats, Floats]:
    """Return strengths and covariance about the level, thin models guarded, and its weights."""
    models = len(styled.theta)
    met, chance = base.counts.take(base.inside).met.astype(np.float64), styled.plain.expected
    thin = thin_models(styled.plain, met)
    level = level_of(base, (met * chance * chance.T).sum(axis=1), thin=thin)
    robust, model_based = (part[:models, :models] for part in (styled.covariance, styled.inverse))
    covariance = level.guarded(robust, model_based, thin)
    return level.strengths(styled.theta), covariance, level.zero


def _coefficients(
    styled: StyleFit, names: Sequence[str], scale: Scale, quantile: float
) -> dict[str, dict[str, float]]:
    """Points for a typical difference of each feature, with 95% interval."""
    k = len(styled.gamma)
    if k and len(names) != k:
        raise ValueError(f"{len(names)} names for {k} features")
    error = quantile * np.sqrt(np.diagonal(styled.covariance)[len(styled.theta) :])
    columns: dict[str, Any] = {
        "coefficient": styled.gamma,
        "lower": styled.gamma - error,
        "upper": styled.gamma + error,
    }
    listed = {key: (column * scale.per_nat).tolist() for key, column in columns.items()}
    listed["typical_difference"] = styled.unit.tolist()
    return {
        name: {key: column[i] for key, column in listed.items()} for i, name in enumerate(names[:k])
    }
