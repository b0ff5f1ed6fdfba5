"""Bradley-Terry with style held equal: what a model's wins owe to length, lists and bold.

Needs single votes; without features it is Bradley-Terry with Firth's borrowed points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arena.rating.board import ConnectedModels, connect_models
from arena.rating.clusters import ERROR_DETAILS, clustered_errors, describe_errors
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.descriptions import FindingTable, MethodDescription, MethodOption, gettext_noop
from arena.rating.features import StyleFeature
from arena.rating.fit import STANDARD_SCALE, RatingFit, RatingScale
from arena.rating.inference import Estimate, estimate_strengths, fit_connected
from arena.rating.intervals import Z95, thin_models
from arena.rating.level import SETTLED_UNTIL
from arena.rating.order import in_own_order
from arena.rating.style import RIDGE, StyleOptimum, scores_with_style, solve_with_style

NEEDS_ROWS = True
VERSION = 2

FEATURES = tuple(feature.value for feature in StyleFeature)
"""The features that the arena itself measures on its answers."""

DESCRIPTION = MethodDescription(
    title=gettext_noop("Bradley-Terry at equal style"),
    summary=gettext_noop("Compared as if both answers were equally long and equally formatted."),
    ties=gettext_noop("Both kinds of tie count as half a win for each side."),
    interval="style",
    details=(*ERROR_DETAILS, "style"),
    options=(
        MethodOption(
            "ridge",
            RIDGE,
            gettext_noop("pulls the worth of style towards zero, in single votes"),
        ),
    ),
    tables=(
        FindingTable(
            detail="style",
            value="coefficient",
            title=gettext_noop("What style is worth"),
            explanation=gettext_noop(
                "Points by which an answer is preferred for style alone, at a typical difference "
                "between the two. The ratings above are without this."
            ),
            row_heading=gettext_noop("An answer that has or is"),
            value_heading=gettext_noop("Points"),
            rows={
                StyleFeature.TOKEN_LENGTH: gettext_noop("longer"),
                StyleFeature.HEADERS: gettext_noop("more headings"),
                StyleFeature.LISTS: gettext_noop("more list items"),
                StyleFeature.BOLD: gettext_noop("more bold text"),
            },
        ),
    ),
    features=FEATURES,
)


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    ridge: float = RIDGE,
    features: Sequence[str] = FEATURES,
) -> RatingFit:
    """Return the board of the connected models at equal style.

    `features` names the columns of `votes.features`; `details["style"]` holds a coefficient with
    95% interval, in points per typical difference, for each of them that any answer had. `ridge`
    counts in single votes, so that it cannot undo the control. Raises ValueError on pair counts and
    wrong names.
    """
    if not isinstance(votes, Comparisons):
        raise ValueError("style control needs single votes, not pair counts")
    base = connect_models(votes, models, scale, version=version)
    rows = votes
    return fit_connected(
        "style_controlled",
        base,
        lambda: _estimate(
            base, in_own_order(rows.inside(base.inside, len(models))), ridge, features, scale
        ),
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"ridge": ridge, "style": {}},
    )


def _estimate(
    base: ConnectedModels,
    rows: Comparisons,
    ridge: float,
    features: Sequence[str],
    scale: RatingScale,
) -> Estimate:
    styled = solve_with_style(rows, len(base.inside), ridge=ridge)
    clusters = None
    if rows.voter is not None:
        clusters = clustered_errors(styled.inverse, scores_with_style(styled, rows), rows)
    if clusters is not None:
        styled = replace(styled, covariance=clusters.covariance)
    met, chance = base.counts.take(base.inside).met.astype(np.float64), styled.plain.expected
    size = len(styled.theta)
    strengths = estimate_strengths(
        base,
        styled.theta,
        [styled.covariance[:size, :size]],
        information=(met * chance * chance.T).sum(axis=1),
        thin=thin_models(styled.plain, met),
        model_based=styled.inverse[:size, :size],
        clusters=clusters,
        interval="style",
    )
    style = style_coefficients(styled, features, scale, clusters.quantile if clusters else Z95)
    if base.version > SETTLED_UNTIL and rows.features is not None:
        # A feature that no answer had is worth nothing for certain only by the ridge.
        seen: list[bool] = np.any(rows.features, axis=0).tolist()
        style = {name: style[name] for name, varies in zip(style, seen, strict=True) if varies}
    return strengths, {"style": style, "steps": styled.steps, **describe_errors(clusters)}


def style_coefficients(
    styled: StyleOptimum, names: Sequence[str], scale: RatingScale, quantile: float
) -> dict[str, dict[str, float]]:
    """Return points for a typical difference of each feature, with 95% interval.

    Raises ValueError on another number of names than features.
    """
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
