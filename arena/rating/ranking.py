"""From strengths and their covariance to ranks."""

from __future__ import annotations

import numpy as np

from arena.rating.comparisons import Floats, Integers

# Rounding noise of a fit is far below, any honest difference far above: equal records share a
# rank whatever the order in which the models were numbered.
_SAME = 1e-9


def ranks(theta: Floats) -> Integers:
    """1 + the number of stronger models, shape [M]; equals share a rank."""
    order = np.argsort(-theta, kind="stable")
    place = np.arange(1, len(theta) + 1)
    fresh = np.diff(theta[order], prepend=np.inf) < -_SAME
    result = np.empty(len(theta), dtype=np.int64)
    result[order] = np.maximum.accumulate(np.where(fresh, place, 1))
    return result


def rank_intervals(lower: Floats, upper: Floats) -> tuple[Integers, Integers]:
    """Best and worst rank of each model that the intervals leave open, shapes [M]."""
    best = 1 + (lower[None, :] > upper[:, None]).sum(axis=1)
    worst = len(lower) - (upper[None, :] < lower[:, None]).sum(axis=1)
    return np.asarray(best, dtype=np.int64), np.asarray(worst, dtype=np.int64)
