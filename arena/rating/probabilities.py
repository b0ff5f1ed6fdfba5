"""Probabilities that a fit implies: that one model is above another, and that one is the best."""

from __future__ import annotations

import numpy as np
import scipy

from arena.rating.comparisons import Floats

DRAWS = 4096
"""Draws of all strengths; the error of a probability is at most 0.008."""


def probability_above(theta: Floats, covariance: Floats) -> Floats:
    """Return the probability that the strength of i is above that of j, shape [M, M].

    Strengths [M] are taken as jointly normal around `theta` with this `covariance` [M, M]. The
    level of the board cancels out. Where a difference has no error it is 0, 1/2 or 1.
    """
    variance = np.diagonal(covariance)
    spread = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2.0 * covariance, 0.0))
    lead = theta[:, None] - theta[None, :]
    sure = 0.5 + 0.5 * np.sign(lead)
    score = np.divide(lead, spread, out=np.zeros_like(lead), where=spread > 0.0)
    return np.asarray(np.where(spread > 0.0, scipy.special.ndtr(score), sure))


def probability_first(theta: Floats, covariance: Floats, *, seed: int = 0) -> Floats:
    """Return the probability that each model has the highest strength, shape [M].

    By `DRAWS` draws of the joint normal distribution; the same input gives the same numbers.
    """
    if not len(theta):
        return np.zeros(0)
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = theta + rng.standard_normal((DRAWS, len(theta))) @ root.T
    best = np.bincount(drawn.argmax(axis=1), minlength=len(theta))
    return np.asarray(best / DRAWS)
