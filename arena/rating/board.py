"""From strengths to the rows of a board: scale, states, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, PairCounts
from arena.rating.fit import Fit, Row, Scale, State
from arena.rating.intervals import Z95
from arena.rating.ranking import rank_intervals, ranks


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
    min_votes: int = 1,
    details: Mapping[str, Any] | None = None,
) -> Fit:
    """Rows and full-size arrays of a fit. A model below `min_votes` helps to rate the others
    but has neither number nor rank."""
    enough = counts.votes[strengths.inside] >= max(min_votes, 1)
    numbers = _numbers(strengths, enough, scale)
    rows = [_row(models[i], counts, i, numbers.get(i), min_votes) for i in range(len(models))]
    rows.sort(key=lambda row: (row.rank is None, row.rank or 0, row.model))
    theta = np.full(len(models), np.nan)
    covariance = np.full((len(models), len(models)), np.nan)
    theta[strengths.inside] = strengths.theta
    covariance[np.ix_(strengths.inside, strengths.inside)] = strengths.covariance
    return Fit(method, tuple(models), scale, tuple(rows), theta, covariance, details or {})


def _numbers(
    strengths: Strengths, enough: NDArray[np.bool_], scale: Scale
) -> dict[int, dict[str, Any]]:
    """Rating, interval and ranks by model index."""
    theta = strengths.theta[enough]
    variance = np.diagonal(strengths.covariance)[enough]
    half = strengths.quantile * np.sqrt(np.maximum(variance, 0.0))
    best, worst = rank_intervals(theta - half, theta + half)
    columns = {
        "rating": scale.centre + scale.per_nat * theta,
        "rating_lower": scale.centre + scale.per_nat * (theta - half),
        "rating_upper": scale.centre + scale.per_nat * (theta + half),
        "rank": ranks(theta),
        "rank_lower": best,
        "rank_upper": worst,
    }
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    inside = strengths.inside[enough].tolist()
    return {i: dict(zip(columns, row, strict=True)) for i, row in zip(inside, values, strict=True)}


def _row(
    model: str, counts: PairCounts, i: int, numbers: dict[str, Any] | None, min_votes: int
) -> Row:
    votes, wins, ties = int(counts.votes[i]), int(counts.wins[i]), int(counts.ties[i])
    state: State = "rated"
    if numbers is None:
        state = "too_few_votes" if votes < max(min_votes, 1) else "not_connected"
    rate = (wins + 0.5 * ties) / votes if votes else None
    return Row(model, state, votes, wins, rate, **(numbers or {}))
