"""Test whether one order explains the votes, or pairs deviate from every order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE, RatingScale
from arena.rating.graph import components
from arena.rating.newton import PairPoints, solve_strengths


@dataclass(frozen=True, slots=True)
class PairIntransitivity:
    """Lack of fit of single pairs: chi-squared `statistic` on `freedom` degrees, its `p_value`,
    and `spread`, the standard deviation of pairs around the model in points (0: none seen)."""

    statistic: float
    freedom: int
    p_value: float
    spread: float


def intransitivity(
    counts: PairCounts, scale: RatingScale = STANDARD_SCALE
) -> PairIntransitivity | None:
    """Compare each pair's score with what the strengths predict.

    Variance is that of the votes within pairs, so ties do not hide misfit. The spread is a
    moment estimate (after DerSimonian and Laird, Control. Clin. Trials 7, 1986). None where the
    models are not connected or no pair is left to test.
    """
    if not counts.total or components(counts).any():
        return None
    won, level, met = counts.beat, counts.tied, counts.met.astype(np.float64)
    points = won + 0.5 * level
    optimum = solve_strengths(PairPoints.of(points), firth=True)
    first, second = np.nonzero(np.triu(met, 1))
    freedom = len(first) - (counts.models - 1)
    if freedom < 1:
        return None
    games, score = met[first, second], points[first, second]
    chance, rest = optimum.expected[first, second], optimum.expected[second, first]
    worth = games * chance * rest
    squares = won[first, second] + 0.25 * level[first, second]
    # The variance of votes within their pair over that of coin throws with the same chance.
    mean = score / games
    within = squares - games * mean**2
    coin = (games - 1.0) * mean * (1.0 - mean)
    expected = float((coin * games / np.maximum(games - 1.0, 1.0)).sum())
    calm = float(within.sum()) / expected if expected > 0 and within.sum() > 0 else 1.0
    statistic = float(((score - games * chance) ** 2 / (calm * worth)).sum())
    excess = max(statistic - freedom, 0.0) * calm
    spread = float(np.sqrt(excess / (worth.sum() - (worth**2).sum() / worth.sum())))
    p_value = float(scipy.special.chdtrc(freedom, statistic))
    return PairIntransitivity(statistic, freedom, p_value, scale.per_nat * spread)
