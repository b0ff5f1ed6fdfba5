"""Turn strengths into the rows of a board: scale, states, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Comparisons, Floats, PairCounts
from arena.rating.fit import (
    NOT_CONNECTED,
    RATED,
    TOO_FEW_VOTES,
    IntervalBasis,
    RatingFit,
    RatingRow,
    RatingScale,
    RatingState,
)
from arena.rating.graph import components, main_component
from arena.rating.intervals import Z95
from arena.rating.ranking import ConfirmedOrder, confirmed_order, ranks

NEWEST_VERSION = 2
"""The version of what all methods share; each method's own is at least as high."""


@dataclass(frozen=True, slots=True, eq=False)
class StrengthEstimates:
    """Natural-log strengths relative to the level, with covariance, of the models `inside`.

    `inside` [K] holds indices into the board's models; `zero` [K] the weights of the mean that
    stands at zero; `quantile` is the two-sided 95% point, `interval` what the covariance rests on.
    `ratio` [K, K] is each difference over its error, where it is not that of theta and covariance.
    """

    inside: NDArray[np.intp]
    theta: Floats
    covariance: Floats
    zero: Floats
    quantile: float = Z95
    interval: IntervalBasis = "votes"
    ratio: Floats | None = None

    @classmethod
    def empty(cls) -> Self:
        """Return the set of connected models in which no model can be rated."""
        return cls(np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros((0, 0)), np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class ConnectedModels:
    """The counts of all models, and those of them that can have numbers.

    `inside` [K] holds indices of the component that is rated, fewer than two when nobody is;
    `pinned` is the anchor's place in it; `components` says in how many parts the models fall;
    `version` is that of the method, which decides where its level lies (`arena.rating.level`).
    """

    models: tuple[str, ...]
    counts: PairCounts
    inside: NDArray[np.intp]
    pinned: int | None
    components: int
    version: int

    @property
    def empty(self) -> bool:
        """Return whether fewer than two models are connected, so that none can be compared."""
        return len(self.inside) < 2


def connect_models(
    votes: PairCounts | Comparisons,
    models: Sequence[str],
    scale: RatingScale,
    *,
    strongly: bool = False,
    version: int = NEWEST_VERSION,
) -> ConnectedModels:
    """Find the models that the votes connect, `strongly` where nothing penalises extremes.

    Raises ValueError unless there is one distinct name per counted model and the anchor is
    among them.
    """
    counts = votes if isinstance(votes, PairCounts) else votes.counts(len(models))
    if len(models) != counts.models or len(set(models)) != counts.models:
        raise ValueError(f"{len(set(models))} distinct names for {counts.models} models")
    if scale.anchor is not None and scale.anchor not in models:
        raise ValueError(f"the anchor {scale.anchor!r} is none of the models")
    anchor = None if scale.anchor is None else list(models).index(scale.anchor)
    label = components(counts, strongly=strongly)
    inside = np.flatnonzero(main_component(label, counts.votes, models, anchor))
    pinned = None if anchor is None else int(np.searchsorted(inside, anchor))
    return ConnectedModels(
        tuple(models), counts, inside, pinned, int(label.max(initial=-1)) + 1, version
    )


def assemble_fit(
    method: str,
    base: ConnectedModels,
    strengths: StrengthEstimates,
    *,
    scale: RatingScale,
    seed: int = 0,
    min_votes: int = 1,
    details: Mapping[str, Any] | None = None,
) -> RatingFit:
    """Rows and full-size arrays of a fit.

    A model below `min_votes` helps to rate the others but has neither number nor rank.
    """
    size = len(base.models)
    votes = base.counts.votes
    enough = votes[strengths.inside] >= max(min_votes, 1)
    shown = replace(
        strengths,
        inside=strengths.inside[enough],
        theta=strengths.theta[enough],
        covariance=strengths.covariance[np.ix_(enough, enough)],
        ratio=None if strengths.ratio is None else strengths.ratio[np.ix_(enough, enough)],
    )
    stretch = (shown.quantile / Z95) ** 2  # normal errors get the tails of the method's quantile
    order = confirmed_order(shown.theta, shown.covariance * stretch, ratio=shown.ratio, seed=seed)
    numbers = rated_numbers(shown, order, scale)
    rows = board_rows(base, numbers, votes >= max(min_votes, 1))
    theta = np.full(size, np.nan)
    theta[strengths.inside] = strengths.theta
    covariance = np.full((size, size), np.nan)
    covariance[np.ix_(strengths.inside, strengths.inside)] = strengths.covariance
    zero = np.zeros(size)
    zero[strengths.inside] = strengths.zero
    above = np.zeros((size, size), dtype=bool)
    above[np.ix_(shown.inside, shown.inside)] = order.above
    facts = {"components": base.components, **(details or {})}
    return RatingFit(method, base.models, scale, rows, theta, covariance, zero, above, facts)


def rated_numbers(
    strengths: StrengthEstimates, order: ConfirmedOrder, scale: RatingScale
) -> dict[int, dict[str, Any]]:
    """Everything that only a rated row has, by model index."""
    theta = strengths.theta
    variance = np.diagonal(strengths.covariance)
    half = strengths.quantile * np.sqrt(np.maximum(variance, 0.0))
    columns = {
        "rating": scale.centre + scale.per_nat * theta,
        "rating_lower": scale.centre + scale.per_nat * (theta - half),
        "rating_upper": scale.centre + scale.per_nat * (theta + half),
        "rank": ranks(theta),
        "rank_lower": order.best,
        "rank_upper": order.worst,
        "tier": order.tier,
    }
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    same = {"interval": strengths.interval}
    return {
        i: dict(zip(columns, row, strict=True)) | same
        for i, row in zip(strengths.inside.tolist(), values, strict=True)
    }


def board_rows(
    base: ConnectedModels, numbers: Mapping[int, dict[str, Any]], enough: NDArray[np.bool_]
) -> tuple[RatingRow, ...]:
    columns = (base.counts.votes, base.counts.wins, base.counts.ties, enough)
    lists = zip(*(column.tolist() for column in columns), strict=True)
    rows = []
    for i, (votes, wins, ties, sure) in enumerate(lists):
        lacking: RatingState = NOT_CONNECTED if sure else TOO_FEW_VOTES
        state: RatingState = RATED if i in numbers else lacking
        rate = (wins + 0.5 * ties) / votes if votes else None
        rows.append(RatingRow(base.models[i], state, votes, wins, rate, **numbers.get(i, {})))
    return tuple(sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.model)))
