"""From strengths to the rows of a board: scale, states, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, PairCounts
from arena.rating.fit import Fit, Row, Scale, State
from arena.rating.intervals import Z95
from arena.rating.ranking import Order, confirmed_order, ranks


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """Natural-log strengths relative to the base, with covariance, of the models `inside`.

    `inside` [K] holds indices into the board's models; `quantile` is the two-sided 95% point.
    """

    inside: NDArray[np.intp]
    theta: Floats
    covariance: Floats
    quantile: float = Z95


def anchor_index(models: Sequence[str], scale: Scale) -> int | None:
    """Where the anchor stands. Raises ValueError when no model has that name."""
    if scale.anchor is None:
        return None
    try:
        return list(models).index(scale.anchor)
    except ValueError:
        raise ValueError(f"the anchor {scale.anchor!r} is none of the models") from None


def check_names(models: Sequence[str], counted: int) -> None:
    """Raises ValueError unless there is one distinct name per counted model."""
    if len(models) != counted:
        raise ValueError(f"{len(models)} names for {counted} models")
    if len(set(models)) != counted:
        raise ValueError("two models have the same name")


def assemble(
    method: str,
    counts: PairCounts,
    models: Sequence[str],
    strengths: Strengths,
    *,
    scale: Scale,
    seed: int = 0,
    min_votes: int = 1,
    details: Mapping[str, Any] | None = None,
) -> Fit:
    """Rows and full-size arrays of a fit.

    A model below `min_votes` helps to rate the others but has neither number nor rank.
    """
    size = len(models)
    votes = counts.votes
    enough = votes[strengths.inside] >= max(min_votes, 1)
    shown = _only(strengths, enough)
    order = confirmed_order(shown.theta, shown.covariance * _stretch(shown), seed=seed)
    numbers = _numbers(shown, order, scale)
    rows = _rows(models, counts, numbers, votes >= max(min_votes, 1))
    theta = np.full(size, np.nan)
    theta[strengths.inside] = strengths.theta
    covariance = np.full((size, size), np.nan)
    covariance[np.ix_(strengths.inside, strengths.inside)] = strengths.covariance
    above = np.zeros((size, size), dtype=bool)
    above[np.ix_(shown.inside, shown.inside)] = order.above
    return Fit(method, tuple(models), scale, rows, theta, covariance, above, details or {})


def _only(strengths: Strengths, enough: NDArray[np.bool_]) -> Strengths:
    part = strengths.covariance[np.ix_(enough, enough)]
    return replace(
        strengths,
        inside=strengths.inside[enough],
        theta=strengths.theta[enough],
        covariance=part,
    )


def _stretch(strengths: Strengths) -> float:
    """Widens normal errors to the tails that the method's quantile asks for."""
    return (strengths.quantile / Z95) ** 2


def _numbers(strengths: Strengths, order: Order, scale: Scale) -> dict[int, dict[str, Any]]:
    """Rating, interval, ranks and tier by model index."""
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
    inside = strengths.inside.tolist()
    return {i: dict(zip(columns, row, strict=True)) for i, row in zip(inside, values, strict=True)}


def _rows(
    models: Sequence[str],
    counts: PairCounts,
    numbers: Mapping[int, dict[str, Any]],
    enough: NDArray[np.bool_],
) -> tuple[Row, ...]:
    columns = (counts.votes, counts.wins, counts.ties, enough)
    lists = zip(*(column.tolist() for column in columns), strict=True)
    rows = []
    for i, (votes, wins, ties, sure) in enumerate(lists):
        lacking: State = "not_connected" if sure else "too_few_votes"
        state: State = "rated" if i in numbers else lacking
        rate = (wins + 0.5 * ties) / votes if votes else None
        rows.append(Row(models[i], state, votes, wins, rate, **numbers.get(i, {})))
    return tuple(sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.model)))
