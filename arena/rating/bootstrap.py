"""Refits on randomly reweighted votes: a second opinion on the intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, PairCounts, ties_between, wins_against
from arena.rating.newton import PairPoints, StrengthOptimum, solve_strengths

Singles = NDArray[np.float32]

_EXACT = 5e-9  # what the next chord would add: a millionth of a point
_ROUGH = 3e-6  # as far as single precision leads
_MOST_CHORDS = 12
_LARGE = 8.0
# Cells of the matrices of all rounds at work: they stay in the second-level cache.
_CELLS = 150_000
# Beyond it single precision cannot hold the exponentials of all strengths.
_WIDE = 60.0


def bayesian_bootstrap(counts: PairCounts, *, rounds: int = 1000, seed: int = 0) -> Floats:
    """Strengths of `rounds` full refits, mean zero each, shape [rounds, M].

    Every vote gets an exponential weight (Rubin, Ann. Statist. 9, 1981); the weights of a cell
    of c equal votes add up to a gamma variable of shape c. No vote ever vanishes, so a board
    that has an optimum keeps it in every round. The counts must be strongly connected.
    Raises ValueError when they are not.
    """
    won, level = wins_against(counts.table), ties_between(counts.table)
    whole = solve_strengths(PairPoints.of(won + 0.5 * level))
    weights, rng = _VoteWeights.of(won, level), np.random.default_rng(seed)
    size = max(1, _CELLS // counts.models**2)
    found = np.empty((rounds, counts.models))
    for start in range(0, rounds, size):
        part = found[start : start + size]
        part[:] = refit_rounds(whole, weights.points(rng, len(part)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _VoteWeights:
    """Cells of equal votes: how many each holds [C], and where its weight goes [M, M].

    The first `wins` cells hold wins, the others ties. `won` and `level` are places among the
    cells, C for a pair without such votes.
    """

    shapes: Floats
    wins: int
    won: NDArray[np.intp]
    level: NDArray[np.intp]

    @classmethod
    def of(cls, won: NDArray[Any], level: NDArray[Any]) -> Self:
        """Wins per ordered pair, ties per pair."""
        once = np.triu(level)
        shapes = np.concatenate([won[won > 0], once[once > 0]]).astype(np.float64)
        places = np.full((2, *won.shape), len(shapes))
        split = int((won > 0).sum())
        places[0][won > 0] = np.arange(split)
        places[1][once > 0] = np.arange(split, len(shapes))
        return cls(shapes, split, places[0], np.minimum(places[1], places[1].T))

    def points(self, rng: np.random.Generator, rounds: int) -> Singles:
        """Points taken in each round, [rounds, M, M]."""
        weights = np.zeros((rounds, len(self.shapes) + 1), dtype=np.float32)
        # A gamma variable per cell, [rounds, C]; large ones through the cube of a normal one
        # (Wilson and Hilferty, Proc. Natl. Acad. Sci. 17, 1931: within 1e-3 from 8 on).
        spread = 1.0 / (3.0 * np.sqrt(np.maximum(self.shapes, 1.0)))
        root = look_up_normals(rng, (rounds, len(self.shapes)))
        root *= spread.astype(np.float32)
        root += (1.0 - spread**2).astype(np.float32)
        values: Singles = root * root
        values *= root
        values *= self.shapes.astype(np.float32)
        few = np.flatnonzero(self.shapes < _LARGE)
        if len(few):
            values[:, few] = rng.standard_gamma(self.shapes[few], (rounds, len(few)))
        weights[:, :-1] = values
        weights[:, self.wins :] *= np.float32(0.5)
        points: Singles = np.take(weights, self.level, axis=1, mode="clip")
        points += np.take(weights, self.won, axis=1, mode="clip")
        return points


@cache
def normal_quantiles() -> Singles:
    """Return 65,536 equally likely values of a standard normal variable."""
    values = scipy.special.ndtri((np.arange(1 << 16) + 0.5) / (1 << 16))
    return np.asarray(values / values.std(), dtype=np.float32)


def look_up_normals(rng: np.random.Generator, shape: tuple[int, int]) -> Singles:
    """Looked up by 16 random bits each, at a fifth of the cost of drawing them one by one; cells
    add up by the hundred, so that finer steps and rarer tails would not be seen."""
    size = shape[0] * shape[1]
    bits = rng.bit_generator.random_raw(size // 4 + 1)
    places = np.asarray(bits, dtype="<u8").view("<u2")[:size]
    return np.take(normal_quantiles(), places).reshape(shape)


def refit_rounds(whole: StrengthOptimum, points: Singles) -> Floats:
    """Optimum of each round, [rounds, M]: chords in single precision, then in double, and
    Newton's method for rounds in which they do not settle."""
    theta: NDArray[Any] = np.tile(whole.theta, (len(points), 1))
    reach: NDArray[Any] = np.ones(len(points))
    exact = points.astype(np.float64)
    with np.errstate(all="ignore"):
        if np.ptp(whole.theta) < _WIDE:
            theta, reach, _ = _chords(whole, points, theta.astype(np.float32), reach, _ROUGH)
        theta, _, left = _chords(whole, exact, theta.astype(np.float64), reach, _EXACT)
    for i in np.flatnonzero(~(left < _EXACT)).tolist():
        theta[i] = solve_strengths(PairPoints.of(exact[i]), start=whole.theta).theta
    return np.asarray(theta - theta.mean(axis=1, keepdims=True))


def _chords(
    whole: StrengthOptimum,
    points: NDArray[Any],
    theta: NDArray[Any],
    reach: NDArray[Any],
    enough: float,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The chord method on all rounds at once, in the precision of the points.

    `reach` [rounds] is how far the last step led; steps shrink by about the same factor each
    time, which tells how far the next one would lead, the third that is returned.
    """
    inverse, ones = whole.inverse.astype(points.dtype), np.ones(points.shape[1], points.dtype)
    games = points + points.transpose(0, 2, 1)
    won, room, left = points @ ones, np.empty_like(games), reach
    for _ in range(_MOST_CHORDS):
        strength = np.exp(theta)
        np.add(strength[:, :, None], strength[:, None, :], out=room)
        np.divide(games, room, out=room)
        step = (won - strength * (room @ ones)) @ inverse
        theta = theta + step
        last, reach = reach, np.ptp(step, axis=1)
        left = reach * np.minimum(reach / last, 1.0)
        if ((left < enough) | ~(reach < last)).all():
            break
    return theta, reach, left
