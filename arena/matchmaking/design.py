"""The pairs from which the intervals gain most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The plan looks a hundredth of all votes ahead: on a large board the best pair alone would
# otherwise take every place in the plan before its lead is used up. Further ahead, newcomers
# would be matched as if they were half settled already.
_AHEAD = 0.01
_SURE = 1e-12  # an anchored model has no width
_MOST_STEPS = 400  # a fifth of a second at 300 models


def greedy_shares(
    theta: Floats,
    spread: Floats,
    pairs: NDArray[np.int64],
    drawable: NDArray[np.bool_],
    *,
    known: float,
    seed: int,
) -> Floats:
    """Shares [P] of the pairs that a greedy A-optimal design takes, summing to one.

    Each step takes the pair whose votes shrink the mean width of the intervals (about the mean
    of all models) most. n votes on i, j with information w = n p (1 - p) take the fraction
    w (Su)_k^2 / (1 + w u'Su) off the variance of each model k, u = e_i - e_j (Sherman and
    Morrison), and a width falls like its variance over twice the width: the sum of variances
    weighted by 1 / width (Pukelsheim, Optimal Design of Experiments, 1993, on such criteria).
    `spread` [M, M] is the covariance S now, `known` the number of votes behind it; exact ties
    fall by `seed`.
    """
    steps = min(4 * len(theta), _MOST_STEPS)
    worth = pair_information(theta, pairs[drawable]) * max(1.0, _AHEAD * known / steps)
    worth *= 1.0 + 1e-9 * np.random.default_rng(seed).random(worth.shape)
    # The covariance about the mean of all models.
    half = spread - spread.mean(axis=0)[None, :]
    state = _DesignState(np.asarray(half - half.mean(axis=1)[:, None]))
    return greedy_counts(state, worth, steps)[pairs[:, 0], pairs[:, 1]]


def greedy_counts(state: _DesignState, worth: Floats, steps: int) -> Floats:
    """Return how often each pair was the best next one, [M, M], in shares."""
    taken = np.zeros_like(worth)
    for _ in range(steps):
        i, j = divmod(int(np.argmax(state.gain(worth))), len(worth))
        taken[i, j] += 1.0
        state.vote(i, j, worth[i, j])
    return np.asarray(taken / steps)


def pair_information(theta: Floats, pairs: NDArray[np.int64]) -> Floats:
    """Information of one vote, above the diagonal; 0 for pairs that cannot be drawn."""
    worth = np.zeros((len(theta), len(theta)))
    first, second = pairs.T
    chance = 1.0 / (1.0 + np.exp(theta[second] - theta[first]))
    worth[first, second] = chance * (1.0 - chance)
    return worth


class _DesignState:
    """Covariance S and S diag(1 / width) S, kept up by rank-one changes: a step costs O(M^2)."""

    def __init__(self, spread: Floats) -> None:
        self._spread = spread
        self._care = 1.0 / np.sqrt(np.maximum(np.diagonal(spread), _SURE))
        self._square = (spread * self._care) @ spread

    def gain(self, worth: Floats) -> Floats:
        """Return what each pair's votes would take off the mean width, up to a factor, [M, M]."""
        shrink, gap = _between(self._square), _between(self._spread)
        gap *= worth
        gap += 1.0
        shrink *= worth
        shrink /= gap
        return shrink

    def vote(self, i: int, j: int, worth: float) -> None:
        """Count the votes on one pair."""
        column = self._spread[:, i] - self._spread[:, j]
        factor = worth / (1.0 + worth * (column[i] - column[j]))
        image = self._spread @ (self._care * column)
        turn = np.outer(column, factor * image)
        whole = factor**2 * float(column @ (self._care * column))
        self._square -= turn + turn.T
        self._square += np.outer(column, whole * column)
        self._spread = self._spread - np.outer(column, factor * column)


def _between(matrix: Floats) -> Floats:
    """u' A u for every u = e_i - e_j."""
    own = np.diagonal(matrix)
    values: Floats = own[:, None] + own[None, :]
    values -= 2.0 * matrix
    return values
