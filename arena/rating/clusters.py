"""Intervals when one voter's votes hang together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.comparisons import POINTS, Comparisons, Floats
from arena.rating.newton import StrengthOptimum, laplacian

ERRORS_DETAIL, EFFECTIVE_VOTERS_DETAIL = "errors", "effective_voters"
ERROR_DETAILS = (ERRORS_DETAIL, EFFECTIVE_VOTERS_DETAIL)
"""Keys of `describe_errors` that a leaderboard keeps."""

# With fewer effective voters nothing can be said about how voters differ.
FEWEST = 5.0
# A voter who pulls less than this on the fit is left out to first order: error below 1%. The
# sum of all pulls is M - 1, so the exact path runs over at most 200 (M - 1) voters.
_SLIGHT = 0.005
# A voter without whom a model hangs in the air has pull 1; as in `intervals`.
_MOST_PULL = 0.9

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredErrors:
    """Covariance [P, P] of the parameters, the two-sided 95% point of t, the effective voters."""

    covariance: Floats
    quantile: float
    effective: float


@dataclass(frozen=True, slots=True, eq=False)
class VoteScores:
    """The scores of n votes on models a, b for their difference and k common parameters.

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


def strength_scores(optimum: StrengthOptimum, rows: Comparisons) -> VoteScores:
    """Return the scores under Bradley-Terry, which has no parameters but the strengths."""
    weight = 1.0 if rows.weight is None else rows.weight
    chance = optimum.expected[rows.a, rows.b]
    score = weight * (POINTS[rows.outcome] - chance)
    worth = weight * chance * optimum.expected[rows.b, rows.a]
    none = np.zeros((len(rows), 0))
    return VoteScores(rows.a, rows.b, score, worth, none, none, lambda _: np.zeros((0, 0)))


def clustered_errors(
    inverse: Floats, pulls: VoteScores, rows: Comparisons
) -> ClusteredErrors | None:
    """Leave-one-voter-out covariance (CR3; Bell and McCaffrey, Survey Methodology 28, 2002).

    `inverse` [P, P] is the inverse information, strengths first, common parameters last. The t
    distribution has as many degrees of freedom as effective voters, (sum n)^2 / sum n^2, less
    one (after Carter, Schnepel and Steigerwald, Rev. Econ. Statist. 99, 2017). None where voters
    are unknown or too few.
    """
    if rows.voter is None or not len(rows):
        return None
    group = number_voters(rows.voter)
    effective = count_effective(group, rows.weight)
    if effective < FEWEST:
        return None
    covariance = leave_one_out_covariance(inverse, pulls, group)
    return ClusteredErrors(
        covariance, float(scipy.special.stdtrit(effective - 1.0, 0.975)), effective
    )


def errors_by_voter(optimum: StrengthOptimum, rows: Comparisons | None) -> ClusteredErrors | None:
    """Errors of Bradley-Terry strengths, where voters are known and enough."""
    if rows is None or rows.voter is None:
        return None
    return clustered_errors(optimum.inverse, strength_scores(optimum, rows), rows)


def describe_errors(grouped: ClusteredErrors | None) -> dict[str, Any]:
    """Return the entries of `RatingFit.details` about the errors, keys in `ERROR_DETAILS`."""
    if grouped is None:
        return {ERRORS_DETAIL: "independent"}
    return {ERRORS_DETAIL: "clustered", EFFECTIVE_VOTERS_DETAIL: grouped.effective}


def number_voters(voter: NDArray[np.int64]) -> Places:
    """Voters numbered from 0; each -1 is a voter of its own."""
    alone = voter < 0
    names = np.where(alone, -1 - np.cumsum(alone), voter)
    return np.unique(names, return_inverse=True)[1]


def count_effective(group: Places, weight: Floats | None) -> float:
    size = np.bincount(group, weights=weight).astype(np.float64)
    return float(size.sum() ** 2 / (size**2).sum()) if size.any() else 0.0


def leave_one_out_covariance(inverse: Floats, pulls: VoteScores, group: Places) -> Floats:
    """Spread of the fits without each voter.

    The penalty keeps the scores from summing to zero, and the jackknife is about spread: their
    mean is taken off. Voters of slight pull are never spread out into a dense matrix.
    """
    scores = voter_scores(pulls, group, len(inverse))
    voters = scores.shape[0]
    mean = np.asarray(scores.sum(axis=0)) / voters
    strong = influential_voters(inverse, pulls, group)
    slight = scores[np.setdiff1d(np.arange(voters), strong)]
    across = np.outer(np.asarray(slight.sum(axis=0)), mean)
    spread = (slight.T @ slight).toarray() - across - across.T
    spread += slight.shape[0] * np.outer(mean, mean)
    moves = (scores[strong].toarray() - mean) @ inverse
    for move, own in zip(moves, votes_by_voter(strong, group), strict=True):
        move += exact_extra_move(inverse, pulls, own, move)
    covariance = inverse @ spread @ inverse + moves.T @ moves
    return np.asarray(covariance * (voters - 1.0) / voters)


def voter_scores(pulls: VoteScores, group: Places, size: int) -> scipy.sparse.csr_array:
    """Gradient of each voter's log likelihood, sparse [voters, P]."""
    k = pulls.beside.shape[1]
    columns = [pulls.a, pulls.b, *(np.full(len(group), size - k + i) for i in range(k))]
    values = [pulls.score, -pulls.score, *pulls.beside.T]
    place = (np.tile(group, len(columns)), np.concatenate(columns))
    return scipy.sparse.csr_array(
        (np.concatenate(values), place), shape=(int(group.max()) + 1, size)
    )


def influential_voters(inverse: Floats, pulls: VoteScores, group: Places) -> Places:
    """Voters whose votes pull noticeably on the strengths."""
    own = np.diagonal(inverse)
    resistance = own[pulls.a] + own[pulls.b] - 2.0 * inverse[pulls.a, pulls.b]
    return np.flatnonzero(np.bincount(group, weights=pulls.worth * resistance) > _SLIGHT)


def votes_by_voter(voters: Places, group: Places) -> list[Places]:
    """Places of each voter's votes."""
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group)).tolist()
    return [order[ends[v - 1] if v else 0 : ends[v]] for v in voters.tolist()]


def exact_extra_move(inverse: Floats, pulls: VoteScores, own: Places, move: Floats) -> Floats:
    """Return what leaving the voter out whole adds to the first-order move (Woodbury's identity).

    The voter's information is F F'; with pulls k, the eigenvalues of F'H^-1 F, the move
    H^-1 s becomes (H - F F')^-1 s = H^-1 s + H^-1 F V (1 - k)^-1 V'F'H^-1 s.
    """
    touched, information = voter_information(pulls, own, len(inverse))
    strength, direction = np.linalg.eigh(information)
    root = direction * np.sqrt(np.maximum(strength, 0.0))
    pull, basis = np.linalg.eigh(root.T @ inverse[np.ix_(touched, touched)] @ root)
    lean = root @ basis
    gain = (lean.T @ move[touched]) / (1.0 - np.minimum(pull, _MOST_PULL))
    extra: Floats = inverse[:, touched] @ (lean @ gain)
    return extra


def voter_information(pulls: VoteScores, own: Places, size: int) -> tuple[Places, Floats]:
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
