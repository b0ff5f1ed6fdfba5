"""The steps from a method's optimum to the rows of a board that all methods share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import ConnectedModels, StrengthEstimates, assemble_fit
from arena.rating.clusters import ClusteredErrors
from arena.rating.comparisons import Floats
from arena.rating.fit import IntervalBasis, RatingFit, RatingScale
from arena.rating.intervals import Z95, guarded
from arena.rating.level import level_of

Estimate = tuple[StrengthEstimates, dict[str, Any]]
"""Strengths of the connected models, and facts for `RatingFit.details`."""


def fit_connected(
    method: str,
    base: ConnectedModels,
    estimate: Callable[[], Estimate],
    *,
    scale: RatingScale,
    seed: int,
    min_votes: int,
    details: Mapping[str, Any],
) -> RatingFit:
    """Return the board of `method`; `estimate` is not called where no two models are connected.

    `details` are facts that hold for every board; those of the estimate are added to them.
    """
    strengths, found = (StrengthEstimates.empty(), {}) if base.empty else estimate()
    facts = {**details, **found}
    return assemble_fit(
        method, base, strengths, scale=scale, seed=seed, min_votes=min_votes, details=facts
    )


def estimate_strengths(
    base: ConnectedModels,
    theta: Floats,
    covariances: Sequence[Floats],
    *,
    information: Floats,
    thin: NDArray[np.bool_],
    model_based: Floats | None = None,
    clusters: ClusteredErrors | None = None,
    interval: IntervalBasis = "votes",
    even: bool = False,
) -> StrengthEstimates:
    """Return the strengths relative to the level of the board, with their covariance.

    `covariances` [K, K] are the independent parts of the error of `theta` [K] and add up. Models
    that are `thin` get the variance `model_based` where that is larger. Clustered errors bring
    their own quantile and basis; otherwise the quantile is normal and the basis `interval`.
    `information` [K] and `even` choose the level, see `level_of`.
    """
    level = level_of(base, information, thin=thin, even=even)
    covariance = reduce(np.add, (level.about(part) for part in covariances))
    if model_based is not None:
        covariance = guarded(covariance, level.about(model_based), thin)
    return StrengthEstimates(
        base.inside,
        level.strengths(theta),
        covariance,
        level.zero,
        quantile=clusters.quantile if clusters else Z95,
        interval="voters" if clusters else interval,
    )
