"""Forecast how many votes a plan of pairs takes until intervals are as narrow as wanted."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.matchmaking.pairing import PairProbabilities
from arena.matchmaking.plan import prior_of_unrated

Floats = NDArray[np.float64]

MOST_VOTES = 1e9
"""More votes than that are never, to whoever waits for them."""
_HALVINGS = 60
_LEAST = 1e-12


def widths_after(
    votes: float, theta: Floats, covariance: Floats, plan: PairProbabilities, *, width_per_sd: float
) -> Floats:
    """Return the width [M] of each interval once so many more votes were cast by the plan.

    ``theta`` [M] and ``covariance`` [M, M] are in natural-log odds, nan for models without a
    number; ``width_per_sd`` is the width of an interval per standard deviation, in the unit that
    is wanted.
    """
    return width_per_sd * np.sqrt(_VarianceByVotes(theta, covariance, plan).after(votes))


def votes_until(
    width: float, theta: Floats, covariance: Floats, plan: PairProbabilities, *, width_per_sd: float
) -> Floats:
    """Return the votes [M] that the plan takes until each interval is at most so wide; inf where
    it never will be. Arguments are those of ``widths_after``.

    The count is what the information of the votes promises at today's ratings, as a design of
    experiments counts: ratings that move change it. Raises ValueError for a width that is not
    above zero.
    """
    if not width > 0.0:
        raise ValueError(f"the width {width} is not above zero")
    variance = _VarianceByVotes(theta, covariance, plan)
    goal = (width / width_per_sd) ** 2
    low, high = np.zeros(len(theta)), np.full(len(theta), MOST_VOTES)
    never = variance.after(MOST_VOTES) > goal
    done = variance.after(0.0) <= goal
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        reached = variance.after(middle) <= goal
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(done, 0.0, np.where(never, np.inf, high))


class _VarianceByVotes:
    """The variance of each rating about the mean of all, as a function of the votes to come.

    Votes add information to what is known: ``(A + n B)^-1`` in the space of ratings that sum to
    zero, where A is the information now and B that of one vote by the plan. One generalised
    eigenvalue problem makes both diagonal, so that any number of votes costs a product.
    """

    def __init__(self, theta: Floats, covariance: Floats, plan: PairProbabilities) -> None:
        level, spread = prior_of_unrated(theta, covariance)
        # An orthonormal basis [M, M - 1] of the vectors that sum to zero.
        models = len(level)
        whole = np.column_stack([np.ones(models), np.eye(models)[:, 1:]])
        basis = np.asarray(np.linalg.qr(whole)[0][:, 1:])
        now = basis.T @ spread @ basis
        known = np.linalg.inv(now + _LEAST * np.eye(len(now)))
        # The information [M, M] of one vote on a pair drawn by the plan.
        first, second = plan.pairs.T
        chance = 1.0 / (1.0 + np.exp(level[second] - level[first]))
        weight = plan.probability * chance * (1.0 - chance)
        total = np.zeros((models, models))
        np.add.at(total, (first, first), weight)
        np.add.at(total, (second, second), weight)
        np.add.at(total, (first, second), -weight)
        np.add.at(total, (second, first), -weight)
        coming = basis.T @ total @ basis
        gained, vectors = scipy.linalg.eigh(coming, (known + known.T) / 2.0)
        self._gained = np.maximum(gained, 0.0)
        self._square = (basis @ vectors) ** 2

    def after(self, votes: Floats | float) -> Floats:
        """Return the variances [M] after so many votes, one number or one for each model."""
        count = np.broadcast_to(np.asarray(votes, dtype=np.float64), (len(self._square),))
        left = 1.0 / (1.0 + np.outer(count, self._gained))
        return np.asarray((self._square * left).sum(axis=1))
