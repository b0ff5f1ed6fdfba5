"""The Bradley-Terry optimum on pair sums, plain or with Firth's penalty.

Model: P(i beats j) = e_i / (e_i + e_j), e = exp(theta); a tie is half a win for each
(Bradley and Terry, Biometrika 39, 1952; Davidson and Beaver, 1977, on the half-point rule).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, ties_between, wins_against
from arena.rating.graph import resistance

# The loss is self-concordant in the differences that were played: no step that moves them by less
# than this can raise it (Bach, Electron. J. Statist. 4, 2010), so no line search is needed.
_TRUST = 1.5
_EXACT = 1e-7  # Newton squares the error: after a step this small it is beyond float64
_LINEAR = 1e-10  # the penalty's curvature is left out, so convergence there is only linear
_MOST_STEPS = 5000  # a long order without a single upset is walked up at 1.5 a step
STALLED = 1e-6  # with billions of votes rounding alone keeps steps from shrinking further
_WIDE = 1000.0  # beyond it the exponential of a strength leaves float64


@dataclass(frozen=True, slots=True, eq=False)
class PairPoints:
    """Points and games per ordered pair, shape [M, M]: games = points + points.T."""

    points: Floats
    games: Floats

    @classmethod
    def of(cls, points: Floats) -> PairPoints:
        """Return the points together with the games that they add up to."""
        return cls(points, points + points.T)

    @classmethod
    def of_table(cls, table: NDArray[Any]) -> PairPoints:
        """Return the points of a table [M, M, 4] of votes; a tie of either kind is half a win."""
        return cls.of(wins_against(table) + 0.5 * ties_between(table))


@dataclass(frozen=True, slots=True, eq=False)
class StrengthOptimum:
    """Strengths (mean zero), win probabilities and the inverse information at them.

    `inverse` is (H + c 11')^-1 with H the information: exact for every difference.
    `slope` is the same for the curvature of what was maximised (penalty included).
    """

    theta: Floats
    expected: Floats
    inverse: Floats
    slope: Floats
    steps: int


def expected_points(theta: Floats) -> Floats:
    """P[i, j] = P(i beats j): one division per cell, no exponential of a matrix."""
    if len(theta) and np.ptp(theta) > _WIDE:
        return np.asarray(scipy.special.expit(theta[:, None] - theta[None, :]))
    strength = np.exp(theta - theta.mean())
    chance: Floats = strength[:, None] / (strength[:, None] + strength[None, :])
    return chance


def laplacian(weight: Floats) -> Floats:
    """Weighted graph Laplacian of a symmetric matrix with a zero diagonal."""
    result: Floats = -weight
    result.flat[:: len(weight) + 1] = weight.sum(axis=1)
    return result


def cholesky_factor(weight: Floats) -> Floats:
    """Cholesky factor of the Laplacian, made definite along the constant vector.

    Raises ValueError when the weights leave the graph disconnected.
    """
    information = laplacian(weight)
    information += np.trace(information) / len(weight) ** 2
    lower, flaw = scipy.linalg.lapack.dpotrf(information.T, lower=1, clean=0, overwrite_a=1)
    if flaw:
        raise ValueError("the votes do not connect the models")
    return np.asarray(lower)


def inverse_from(lower: Floats) -> Floats:
    """Full symmetric inverse from a Cholesky factor."""
    half, _ = scipy.linalg.lapack.dpotri(lower, lower=1)
    half = np.tril(half)
    full: Floats = half + half.T
    full.flat[:: len(full) + 1] *= 0.5
    return full


def solve_strengths(
    tally: PairPoints, *, firth: bool = False, start: Floats | None = None
) -> StrengthOptimum:
    """Maximise the (penalised) likelihood of a connected tally.

    Newton's method; Firth (Biometrika 80, 1993) adds half a vote's leverage to both sides of
    each pair, which keeps a perfect record finite. Without it the tally must be strongly
    connected. Raises ValueError when no finite optimum is reached.
    """
    theta = starting_strengths(tally) if start is None else start - start.mean()
    enough, reach = _LINEAR if firth else _EXACT, np.inf
    for count in range(1, _MOST_STEPS + 1):
        chance = expected_points(theta)
        lower, slope = penalised_curvature(tally, chance, firth)
        step, _ = scipy.linalg.lapack.dpotrs(lower, slope, lower=1)
        last, reach = reach, float(np.ptp(step))
        theta = theta + step * trusted_share(step, tally.games)
        if reach < enough or last <= reach < STALLED:
            chance, slope = expected_points(theta), inverse_from(lower)
            plain = slope
            if firth:
                plain = inverse_from(cholesky_factor(tally.games * chance * chance.T))
            return StrengthOptimum(theta - theta.mean(), chance, plain, slope, count)
    raise ValueError(f"no finite optimum after {_MOST_STEPS} steps")


def trusted_share(step: Floats, games: Floats) -> float:
    """The part of a step that moves no played difference by more than can be trusted."""
    if np.ptp(step) <= _TRUST:
        return 1.0
    moves = np.abs(step[:, None] - step[None, :])
    return min(1.0, _TRUST / float(np.max(moves, where=games > 0, initial=_TRUST)))


def optimum_at(tally: PairPoints, theta: Floats, steps: int = 0) -> StrengthOptimum:
    """Strengths found by other means, with the information that the tally has about them."""
    chance = expected_points(theta)
    inverse = inverse_from(cholesky_factor(tally.games * chance * chance.T))
    return StrengthOptimum(theta - theta.mean(), chance, inverse, inverse, steps)


def starting_strengths(tally: PairPoints) -> Floats:
    """Log odds of each model's own score against the field."""
    won = tally.points.sum(axis=1) + 0.5
    lost = tally.points.sum(axis=0) + 0.5
    odds = np.log(won / lost)
    centred: Floats = odds - odds.mean()
    return centred


def penalised_curvature(tally: PairPoints, chance: Floats, firth: bool) -> tuple[Floats, Floats]:
    """Cholesky factor of the curvature, and points above expectation per model."""
    spread = chance * chance.T
    weight = tally.games * spread
    if not firth:
        return cholesky_factor(weight), surplus(tally.points, chance)
    borrowed = weight * resistance(inverse_from(cholesky_factor(weight)))
    slope = surplus(tally.points + 0.5 * borrowed, chance)
    return cholesky_factor((tally.games + borrowed) * spread), slope


def surplus(points: Floats, chance: Floats) -> Floats:
    """Points above expectation: what each win surprised by, less what each loss did.

    The same as points - games * chance summed up, without the difference of large numbers that
    a long perfect record makes of it.
    """
    surprise = points * chance.T
    return np.asarray(surprise.sum(axis=1) - surprise.sum(axis=0))
