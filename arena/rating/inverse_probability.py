"""Weights that make up for pictures which were chosen with unequal probabilities.

A picture chosen with probability p among n that had come at random counts as 1 / (n p): then sums
over the votes have the expectation that they would have, had each picture been shown as it came
(Horvitz and Thompson, J. Amer. Statist. Assoc. 47, 1952).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST = 100.0
"""No vote counts for more, whatever a file says."""


def inverse_weights(probability: ArrayLike, candidates: ArrayLike) -> NDArray[np.float64]:
    """Return the weight [n] of each vote; 1 where no choice is known (nan), or none was made."""
    chance, among = (np.asarray(each, dtype=np.float64) for each in (probability, candidates))
    share = chance * among
    known = (share > 0.0) & (chance <= 1.0)
    return np.where(known, np.minimum(1.0 / np.where(known, share, 1.0), MOST), 1.0)
