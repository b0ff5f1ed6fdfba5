"""Agreement of two orders of the same models, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy

from arena.rating.comparisons import Floats

FEWEST_MODELS = 5
"""With fewer models every correlation is an accident."""
ROUNDS = 1000
_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class RankAgreement:
    """Spearman's and Kendall's correlation (tau-b) of scores and ratings of `models` models.

    `lower` and `upper` bound Spearman's with 95 %: percentiles of a bootstrap over the models in
    which each rating is drawn anew from its own interval, too.
    """

    models: int
    spearman: float
    kendall: float
    lower: float
    upper: float


def rank_agreement(
    scores: Sequence[float],
    ratings: Sequence[float],
    half_widths: Sequence[float],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> RankAgreement | None:
    """Return how far the two orders agree; None below FEWEST_MODELS or where one has no order.

    `half_widths` are half of each rating's 95 % interval, in points. The result of the same numbers
    is remembered, because a page shows many of them and few change between two votes.
    """
    return _agreement(tuple(scores), tuple(ratings), tuple(half_widths), rounds, seed)


@lru_cache(maxsize=1024)
def _agreement(
    scores: tuple[float, ...],
    ratings: tuple[float, ...],
    half_widths: tuple[float, ...],
    rounds: int,
    seed: int,
) -> RankAgreement | None:
    first, second = np.asarray(scores, float), np.asarray(ratings, float)
    if len(first) < FEWEST_MODELS or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    rng = np.random.default_rng(seed)
    spread = np.asarray(half_widths, float) / _NORMAL_95
    drawn = rng.integers(0, len(first), (rounds, len(first)))
    # Noise by model and round: a model drawn twice stays one model with one rating.
    noisy = second + spread * rng.standard_normal(drawn.shape)
    # Spearman's correlation row by row; NaN where a row has one value only.
    pair = first[drawn], np.take_along_axis(noisy, drawn, axis=1)
    ranks = [scipy.stats.rankdata(each, axis=1) for each in pair]
    left, right = (each - each.mean(axis=1, keepdims=True) for each in ranks)
    norms = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (left * right).sum(axis=1) / norms
    lower, upper = np.nanpercentile(found, [2.5, 97.5])
    return RankAgreement(
        models=len(first),
        spearman=float(scipy.stats.spearmanr(first, second).statistic),
        kendall=float(scipy.stats.kendalltau(first, second).statistic),
        lower=float(lower),
        upper=float(upper),
    )
