"""Strengths and style together: Newton's method over single votes, piece by piece.

Model: logit P(a beats b) = theta_a - theta_b + x . gamma, x the difference of style, a tie half
a win (Li, Angelopoulos and Chiang, Does style matter?, 2024, with a ridge that is weak in total).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.clusters import VoteScores
from arena.rating.comparisons import POINTS, Comparisons, Floats
from arena.rating.graph import resistance
from arena.rating.newton import (
    PairPoints,
    StrengthOptimum,
    expected_points,
    laplacian,
    solve_strengths,
)

# A piece's columns stay in the second-level cache: one pass costs about 25 ns a row.
_PIECE = 1 << 13
_EXACT = 3e-5  # Newton squares the error: after a step this small it is 1e-9 or less
# A start from a sample of the votes, near enough for quadratic convergence, saves two passes.
_MANY, _STRIDE, _NEAR = 400_000, 16, 1e-2
_MOST_STEPS = 50
# In units of one vote, on features of unit size: even a thousand votes drown it.
RIDGE = 1.0
_MOST_LEVERAGE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class StyleOptimum:
    """Strengths [M] and coefficients [k] per unit of each feature's size, `unit` [k] that size
    (root mean square), robust covariance and inverse information of both [M + k, M + k], and
    the optimum without style."""

    theta: Floats
    gamma: Floats
    unit: Floats
    covariance: Floats
    inverse: Floats
    plain: StrengthOptimum
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class _StyleSums:
    """Per model, side a less side b: residuals [M], features times worth [k, M]; per ordered
    pair: worths [M, M]; over all votes: features times residual [k], features squared times
    worth [k, k]."""

    residual: Floats
    worth: Floats
    lean: Floats
    slope: Floats
    square: Floats

    def information(self) -> Floats:
        """Strengths and coefficients jointly, [M + k, M + k]."""
        own = laplacian(self.worth + self.worth.T)
        return np.block([[own, self.lean.T], [self.lean, self.square]])

    def gradient(self) -> Floats:
        """Return the gradient of the log likelihood, [M + k]."""
        return np.concatenate([self.residual, self.slope])


def solve_with_style(rows: Comparisons, models: int, *, ridge: float = RIDGE) -> StyleOptimum:
    """Fit the votes of connected models; `rows.features` [n, k] may be missing (k = 0).

    Starts at the optimum without style. The borrowed points of Firth's penalty at that optimum
    join as votes without style, so a perfect record stays finite here too. Raises ValueError
    when no optimum is reached.
    """
    table = rows.weighed(models)
    start = solve_strengths(PairPoints.of_table(table), firth=True)
    unit = feature_sizes(rows.features)
    walk = _NewtonSearch(unit, borrowed_votes(start, table), ridge)
    found = np.concatenate([start.theta, np.zeros(len(unit))])
    if len(rows) > _MANY:
        few = rows.take(np.arange(0, len(rows), _STRIDE))
        found = walk.to_optimum(few, found, _NEAR)[0]
    found, information, steps = walk.to_optimum(rows, found, _EXACT)
    theta, gamma = found[:models], found[models:]
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    meat = _sums(rows, theta, gamma, unit, inverse).information()
    return StyleOptimum(
        theta - theta.mean(), gamma, unit, inverse @ meat @ inverse, inverse, start, steps
    )


@dataclass(frozen=True, slots=True, eq=False)
class _NewtonSearch:
    """Newton's method from any start; the penalty stays that of all votes."""

    unit: Floats
    borrowed: Floats
    ridge: float

    def to_optimum(
        self, rows: Comparisons, found: Floats, enough: float
    ) -> tuple[Floats, Floats, int]:
        """Optimum [M + k], information there, and the number of passes over the votes."""
        models = len(self.borrowed)
        for step in range(1, _MOST_STEPS + 1):
            theta, gamma = found[:models], found[models:]
            sums = _sums(rows, theta, gamma, self.unit)
            slope, information = penalised_system(sums, theta, gamma, self.borrowed, self.ridge)
            move = scipy.linalg.cho_solve(
                scipy.linalg.cho_factor(information, lower=True, check_finite=False), slope
            )
            found = found + move
            if np.ptp(move[:models]) + np.abs(move[models:]).sum() < enough:
                return found, information, step
        raise ValueError(f"no optimum with style after {_MOST_STEPS} steps")


def feature_sizes(features: NDArray[Any] | None) -> Floats:
    """Root mean square per feature. Not centred: a mean difference belongs to the sides."""
    if features is None:
        return np.zeros(0)
    square = np.zeros(features.shape[1])
    for start in range(0, len(features), _PIECE):
        part = features[start : start + _PIECE].astype(np.float64)
        square += np.einsum("nk,nk->k", part, part)
    size = np.sqrt(square / max(len(features), 1))
    return np.where(size > 0, size, 1.0)


def borrowed_votes(start: StrengthOptimum, table: Floats) -> Floats:
    """Leverage of each pair's votes, which Firth's penalty adds half to either side."""
    games = (table.sum(axis=2) + table.sum(axis=2).T) * start.expected * start.expected.T
    loan: Floats = games * resistance(start.inverse)
    return loan


def _sums(
    rows: Comparisons, theta: Floats, gamma: Floats, unit: Floats, inverse: Floats | None = None
) -> _StyleSums:
    """Return the sums of one pass over the votes, with features in their units.

    The weight of a vote is its information or, if the inverse information is given, the square of
    its residual divided by one minus the leverage of its pair.
    """
    models, k = len(theta), len(gamma)
    gap = (theta[:, None] - theta[None, :]).ravel()
    reach = None if inverse is None else resistance(inverse[:models, :models]).ravel()
    total, sides = np.zeros(gap.size), np.zeros((k + 1, models))
    slope, square = np.zeros(k), np.zeros((k, k))
    for own, a, b, features in vote_pieces(rows):
        code = a * models + b
        error, worth = _vote(rows, own, gap[code] + (gamma / unit) @ features)
        if reach is not None:
            worth = (error / (1.0 - np.minimum(worth * reach[code], _MOST_LEVERAGE))) ** 2
        np.add.at(total, code, worth)
        weighed = features * worth
        for place, part in enumerate((*weighed, error)):
            sides[place] += np.bincount(a, part, models)
            sides[place] -= np.bincount(b, part, models)
        slope += features @ error
        square += features @ weighed.T
    lean = sides[:k] / unit[:, None]
    return _StyleSums(
        sides[k], total.reshape(models, models), lean, slope / unit, square / np.outer(unit, unit)
    )


def vote_pieces(
    rows: Comparisons,
) -> Iterator[tuple[slice, NDArray[np.intp], NDArray[np.intp], Floats]]:
    """Place, models and features [k, .] of each piece."""
    for start in range(0, len(rows), _PIECE):
        own = slice(start, start + _PIECE)
        a, b = rows.a[own].astype(np.intp), rows.b[own].astype(np.intp)
        part = np.zeros((len(a), 0)) if rows.features is None else rows.features[own]
        yield own, a, b, np.ascontiguousarray(part.T, dtype=np.float64)


def _vote(rows: Comparisons, own: slice, gap: Floats) -> tuple[Floats, Floats]:
    """Weighted residual and information of each vote in the piece."""
    chance = 1.0 / (1.0 + np.exp(-gap))
    error = POINTS[rows.outcome[own]] - chance
    worth = chance * (1.0 - chance)
    if rows.weight is None:
        return error, worth
    return error * rows.weight[own], worth * rows.weight[own]


def penalised_system(
    sums: _StyleSums, theta: Floats, gamma: Floats, borrowed: Floats, ridge: float
) -> tuple[Floats, Floats]:
    """Penalised gradient and information, made definite along the constant vector."""
    models = len(theta)
    chance = expected_points(theta)
    information, slope = sums.information(), sums.gradient()
    information[:models, :models] += laplacian(borrowed * chance * chance.T)
    information[:models, :models] += np.trace(information[:models, :models]) / models**2
    information[models:, models:] += ridge * np.eye(len(gamma))
    slope[:models] += (borrowed * (0.5 - chance)).sum(axis=1)
    slope[models:] -= ridge * gamma
    return slope, information


def scores_with_style(fit: StyleOptimum, rows: Comparisons) -> VoteScores:
    """Return the scores of each vote for the difference of its strengths and the coefficients."""
    k = len(fit.gamma)
    features = np.zeros((len(rows), 0)) if rows.features is None else rows.features / fit.unit
    gap = fit.theta[rows.a] - fit.theta[rows.b] + features @ fit.gamma
    score, worth = _vote(rows, slice(None), gap)
    lean = features * worth[:, None]

    def square(own: NDArray[np.intp]) -> Floats:
        return np.asarray(features[own].T @ lean[own], dtype=np.float64).reshape(k, k)

    return VoteScores(rows.a, rows.b, score, worth, features * score[:, None], lean, square)
