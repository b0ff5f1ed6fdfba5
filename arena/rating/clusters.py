"""Intervals when one voter's votes hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import stdtrit

from arena.rating.comparisons import POINTS, Comparisons, Floats
from arena.rating.newton import Optimum, laplacian

# With fewer effective voters nothing can be said about how voters differ.
FEWEST = 5.0
# A voter who pulls less than this on the fit is left out to first order: error below 1%. The
# sum of all pulls is M - 1, so the exact path runs over at most 200 (M - 1) voters.
_SLIGHT = 0.005
# A voter without whom a model hangs in the air has pull 1; as in `intervals`.
_MOST_PULL = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """Covariance [M, M] of theta, the two-sided 95% point of t, and the effective voters."""

    covariance: Floats
    quantile: float
    effective: float


def clustered(optimum: Optimum, rows: Comparisons) -> Clustered | None:
    """Leave-one-voter-out covariance (CR3; Bell and McCaffrey, Survey Methodology 28, 2002).

    The t distribution has as many degrees of freedom as effective voters, (sum n)^2 / sum n^2,
    less one (after Carter, Schnepel and Steigerwald, Rev. Econ. Statist. 99, 2017). None where
    voters are unknown or too few.
    """
    if rows.voter is None or not len(rows):
        return None
    group = _groups(rows.voter)
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    size = np.bincount(group, weights=weight)
    effective = float(size.sum() ** 2 / (size**2).sum())
    if effective < FEWEST:
        return None
    scores = _scores(optimum, rows, weight, group)
    moves = scores @ optimum.inverse - _mean_move(scores, optimum)
    spread = optimum.expected[rows.a, rows.b] * optimum.expected[rows.b, rows.a] * weight
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group))
    for voter in _pulling(optimum, rows, group, spread):
        own = order[ends[voter - 1] if voter else 0 : ends[voter]]
        moves[voter] += _exact_extra(optimum, rows.a[own], rows.b[own], spread[own], moves[voter])
    covariance = moves.T @ moves * (len(size) - 1.0) / len(size)
    return Clustered(covariance, float(stdtrit(effective - 1.0, 0.975)), effective)


def _groups(voter: NDArray[np.int64]) -> NDArray[np.intp]:
    """Voters numbered from 0; each -1 is a voter of its own."""
    alone = voter < 0
    names = np.where(alone, -1 - np.cumsum(alone), voter)
    return np.unique(names, return_inverse=True)[1]


def _scores(
    optimum: Optimum, rows: Comparisons, weight: Floats, group: NDArray[np.intp]
) -> csr_array:
    """Gradient of each voter's log likelihood, sparse [voters, M]."""
    residual = weight * (POINTS[rows.outcome] - optimum.expected[rows.a, rows.b])
    values = np.concatenate([residual, -residual])
    place = (np.concatenate([group, group]), np.concatenate([rows.a, rows.b]))
    return csr_array((values, place), shape=(int(group.max()) + 1, len(optimum.theta)))


def _mean_move(scores: csr_array, optimum: Optimum) -> Floats:
    """The penalty keeps the scores from summing to zero; the jackknife is about spread."""
    mean: Floats = (scores.sum(axis=0) / scores.shape[0]) @ optimum.inverse
    return mean


def _pulling(
    optimum: Optimum, rows: Comparisons, group: NDArray[np.intp], spread: Floats
) -> NDArray[np.intp]:
    """Voters whose votes pull noticeably on the fit."""
    own = np.diagonal(optimum.inverse)
    resistance = own[rows.a] + own[rows.b] - 2.0 * optimum.inverse[rows.a, rows.b]
    return np.flatnonzero(np.bincount(group, weights=spread * resistance) > _SLIGHT)


def _exact_extra(
    optimum: Optimum, a: NDArray[np.intp], b: NDArray[np.intp], spread: Floats, move: Floats
) -> Floats:
    """What leaving the voter out whole adds to the first-order move (Woodbury's identity).

    The voter's information is F F'; with pulls k, the eigenvalues of F'H^-1 F, the move
    H^-1 s becomes (H - F F')^-1 s = H^-1 s + H^-1 F V (1 - k)^-1 V'F'H^-1 s.
    """
    touched, index = np.unique(np.concatenate([a, b]), return_inverse=True)
    half = len(a)
    weight = np.zeros((len(touched), len(touched)))
    np.add.at(weight, (index[:half], index[half:]), spread)
    strength, direction = np.linalg.eigh(laplacian(weight + weight.T))
    root = direction * np.sqrt(np.maximum(strength, 0.0))
    pull, basis = np.linalg.eigh(root.T @ optimum.inverse[np.ix_(touched, touched)] @ root)
    lean = root @ basis
    gain = (lean.T @ move[touched]) / (1.0 - np.minimum(pull, _MOST_PULL))
    extra: Floats = optimum.inverse[:, touched] @ (lean @ gain)
    return extra
