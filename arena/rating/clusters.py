"""Intervals when one voter's votes hang together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """Covariance [P, P] of the parameters, the two-sided 95% point of t, the effective voters."""

    covariance: Floats
    quantile: float
    effective: float


@dataclass(frozen=True, slots=True, eq=False)
class Pulls:
    """What each of n votes on models a, b says about their difference and k common parameters.

    `score` [n] and `beside` [n, k] are the gradient of its log likelihood, `worth` [n] its
    information about the difference, `lean` [n, k] about the difference with the common ones;
    `square` sums the information about those alone over some votes, [k, k].
    """

    a: Places
    b: Places
    score: Floats
    worth: Floats
    beside: Floats
    lean: Floats
    square: Callable[[Places], Floats]


def strength_pulls(optimum: Optimum, rows: Comparisons) -> Pulls:
    """Of Bradley-Terry, which has no parameters but the strengths."""
    weight = 1.0 if rows.weight is None else rows.weight
    chance = optimum.expected[rows.a, rows.b]
    score = weight * (POINTS[rows.outcome] - chance)
    worth = weight * chance * optimum.expected[rows.b, rows.a]
    none = np.zeros((len(rows), 0))
    return Pulls(rows.a, rows.b, score, worth, none, none, lambda _: np.zeros((0, 0)))


def clustered(inverse: Floats, pulls: Pulls, rows: Comparisons) -> Clustered | None:
    """Leave-one-voter-out covariance (CR3; Bell and McCaffrey, Survey Methodology 28, 2002).

    `inverse` [P, P] is the inverse information, strengths first, common parameters last. The t
    distribution has as many degrees of freedom as effective voters, (sum n)^2 / sum n^2, less
    one (after Carter, Schnepel and Steigerwald, Rev. Econ. Statist. 99, 2017). None where voters
    are unknown or too few.
    """
    if rows.voter is None or not len(rows):
        return None
    group = _groups(rows.voter)
    effective = _effective(group, rows.weight)
    if effective < FEWEST:
        return None
    covariance = _left_out(inverse, pulls, group)
    return Clustered(covariance, float(stdtrit(effective - 1.0, 0.975)), effective)


def by_voter(optimum: Optimum, rows: Comparisons | None) -> Clustered | None:
    """Errors of Bradley-Terry strengths, where voters are known and enough."""
    if rows is None or rows.voter is None:
        return None
    return clustered(optimum.inverse, strength_pulls(optimum, rows), rows)


def facts_of(grouped: Clustered | None) -> dict[str, Any]:
    """What a fit tells about its errors."""
    if grouped is None:
        return {"errors": "independent"}
    return {"errors": "clustered", "effective_voters": grouped.effective}


def _groups(voter: NDArray[np.int64]) -> Places:
    """Voters numbered from 0; each -1 is a voter of its own."""
    alone = voter < 0
    names = np.where(alone, -1 - np.cumsum(alone), voter)
    return np.unique(names, return_inverse=True)[1]


def _effective(group: Places, weight: Floats | None) -> float:
    size = np.bincount(group, weights=weight).astype(np.float64)
    return float(size.sum() ** 2 / (size**2).sum()) if size.any() else 0.0


def _left_out(inverse: Floats, pulls: Pulls, group: Places) -> Floats:
    """Spread of the fits without each voter.

    The penalty keeps the scores from summing to zero, and the jackknife is about spread: their
    mean is taken off. Voters of slight pull are never spread out into a dense matrix.
    """
    scores = _scores(pulls, group, len(inverse))
    voters = scores.shape[0]
    mean = np.asarray(scores.sum(axis=0)) / voters
    strong = _pulling(inverse, pulls, group)
    slight = scores[np.setdiff1d(np.arange(voters), strong)]
    across = np.outer(np.asarray(slight.sum(axis=0)), mean)
    spread = (slight.T @ slight).toarray() - across - across.T
    spread += slight.shape[0] * np.outer(mean, mean)
    moves = (scores[strong].toarray() - mean) @ inverse
    for move, own in zip(moves, _votes_of(strong, group), strict=True):
        move += _exact_extra(inverse, pulls, own, move)
    covariance = inverse @ spread @ inverse + moves.T @ moves
    return np.asarray(covariance * (voters - 1.0) / voters)


def _scores(pulls: Pulls, group: Places, size: int) -> csr_array:
    """Gradient of each voter's log likelihood, sparse [voters, P]."""
    k = pulls.beside.shape[1]
    columns = [pulls.a, pulls.b, *(np.full(len(group), size - k + i) for i in range(k))]
    values = [pulls.score, -pulls.score, *pulls.beside.T]
    place = (np.tile(group, len(columns)), np.concatenate(columns))
    return csr_array((np.concatenate(values), place), shape=(int(group.max()) + 1, size))


def _pulling(inverse: Floats, pulls: Pulls, group: Places) -> Places:
    """Voters whose votes pull noticeably on the strengths."""
    own = np.diagonal(inverse)
    resistance = own[pulls.a] + own[pulls.b] - 2.0 * inverse[pulls.a, pulls.b]
    return np.flatnonzero(np.bincount(group, weights=pulls.worth * resistance) > _SLIGHT)


def _votes_of(voters: Places, group: Places) -> list[Places]:
    """Places of each voter's votes."""
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group)).tolist()
    return [order[ends[v - 1] if v else 0 : ends[v]] for v in voters.tolist()]


def _exact_extra(inverse: Floats, pulls: Pulls, own: Places, move: Floats) -> Floats:
    """What leaving the voter out whole adds to the first-order move (Woodbury's identity).

    The voter's information is F F'; with pulls k, the eigenvalues of F'H^-1 F, the move
    H^-1 s becomes (H - F F')^-1 s = H^-1 s + H^-1 F V (1 - k)^-1 V'F'H^-1 s.
    """
    touched, information = _information(pulls, own, len(inverse))
    strength, direction = np.linalg.eigh(information)
    root = direction * np.sqrt(np.maximum(strength, 0.0))
    pull, basis = np.linalg.eigh(root.T @ inverse[np.ix_(touched, touched)] @ root)
    lean = root @ basis
    gain = (lean.T @ move[touched]) / (1.0 - np.minimum(pull, _MOST_PULL))
    extra: Floats = inverse[:, touched] @ (lean @ gain)
    return extra


def _information(pulls: Pulls, own: Places, size: int) -> tuple[Places, Floats]:
    """Parameters that these votes touch, and their information about them."""
    k = pulls.beside.shape[1]
    met, index = np.unique(np.concatenate([pulls.a[own], pulls.b[own]]), return_inverse=True)
    first, second = np.split(index, 2)
    weight, across = np.zeros((len(met), len(met))), np.zeros((len(met), k))
    np.add.at(weight, (first, second), pulls.worth[own])
    np.add.at(across, first, pulls.lean[own])
    np.subtract.at(across, second, pulls.lean[own])
    own_part = laplacian(weight + weight.T)
    information = np.block([[own_part, across], [across.T, pulls.square(own)]])
    return np.concatenate([met, np.arange(size - k, size)]), information
