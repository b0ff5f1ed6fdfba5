"""Score tests of two models' equality, for models whose record is too one-sided for its error.

A difference over its standard error says little where one model has won nearly everything: the
error grows with the difference, so that a longer perfect record looks less certain (Hauck and
Donner, J. Amer. Statist. Assoc. 72, 1977). A score test asks the votes at equal strengths instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Floats
from arena.rating.newton import PairPoints, optimum_at, solve_strengths, surplus
from arena.rating.ranking import inverse_standard_errors

MOST_MODELS = 16
"""The largest board whose pairs are tested: each costs a fit, and a larger one has the votes."""


def difference_ratios(
    points: PairPoints, theta: Floats, covariance: Floats, thin: NDArray[np.bool_]
) -> Floats:
    """Return each difference of `theta` [M] over its error, [M, M].

    Where one of the two models is `thin` [M], it is the score of the pair at equal strengths over
    the standard error of that score, which the votes' own model gives.
    """
    ratio = (theta[:, None] - theta[None, :]) * inverse_standard_errors(covariance)
    for i, j in zip(*np.triu_indices(len(theta), k=1), strict=True):
        if thin[i] or thin[j]:
            ratio[i, j] = score_ratio(points, theta, int(i), int(j))
            ratio[j, i] = -ratio[i, j]
    return np.asarray(ratio)


def score_ratio(points: PairPoints, theta: Floats, i: int, j: int) -> float:
    """Return the signed root of the score statistic for equal strengths of the models i and j.

    The strengths under this hypothesis are those of a board on which the two are one model; their
    search starts from `theta` [M].
    """
    kept = np.delete(np.arange(len(theta)), j)
    same = np.searchsorted(kept, np.where(np.arange(len(theta)) == j, i, np.arange(len(theta))))
    merged = np.zeros((len(kept), len(kept)))
    np.add.at(merged, (same[:, None], same[None, :]), points.points)
    np.fill_diagonal(merged, 0.0)
    level = np.zeros(1)
    if len(kept) > 1:
        tally = PairPoints.of(merged)
        level = solve_strengths(tally, firth=True, start=theta[kept]).theta
    equal = optimum_at(points, level[same])
    lean = equal.inverse[i] - equal.inverse[j]
    gain = lean @ surplus(points.points, equal.expected)
    return float(gain / np.sqrt(lean[i] - lean[j]))
