"""Does the side on which an answer stands win votes?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import POINTS, Floats, PairCounts, VoteOutcome
from arena.rating.fit import STANDARD_SCALE, RatingScale
from arena.rating.intervals import Z95
from arena.rating.newton import laplacian

_EXACT = 1e-10
_TRUST = 0.75
_MOST_STEPS = 500  # rounding alone may keep the last step from shrinking further
# A hundredth of a vote between all models keeps perfect records finite; the bias hardly sees it.
_RIDGE = 0.01


@dataclass(frozen=True, slots=True)
class SideBias:
    """The worth of standing on side a, in points, with 95% interval; `votes` it rests on."""

    points: float
    lower: float
    upper: float
    votes: int


def side_bias(counts: PairCounts, scale: RatingScale = STANDARD_SCALE) -> SideBias | None:
    """Bradley-Terry with an advantage of side a, as for home teams (Agresti, Categorical Data
    Analysis, 10.6); interval from the sandwich. Swapping all sides negates it. None without
    votes."""
    if not counts.total:
        return None
    found, information = solve_side_bias(counts)
    inverse = np.linalg.inv(information)
    chance = _chance(found)
    squared: Floats = (counts.table * (POINTS - chance[:, :, None]) ** 2).sum(axis=2)
    robust = inverse @ _joined(squared) @ inverse
    error = Z95 * float(np.sqrt(robust[-1, -1]))
    bias = float(found[-1])
    low, high = (scale.per_nat * (bias + shift) for shift in (-error, error))
    return SideBias(scale.per_nat * bias, low, high, counts.total)


def solve_side_bias(counts: PairCounts) -> tuple[Floats, Floats]:
    """Strengths and bias, [M + 1], and the information about them."""
    table = counts.table
    level = table[:, :, VoteOutcome.TIE] + table[:, :, VoteOutcome.BOTH_BAD]
    points, games = table[:, :, VoteOutcome.A] + 0.5 * level, table.sum(axis=2).astype(np.float64)
    found, information = np.zeros(counts.models + 1), _ridge(counts.models)
    for _ in range(_MOST_STEPS):
        chance = _chance(found)
        information = _joined(games * chance * (1.0 - chance)) + _ridge(counts.models)
        excess = points - games * chance
        per_model = excess.sum(axis=1) - excess.sum(axis=0)  # side a against side b
        slope = np.append(per_model, excess.sum()) - _RIDGE * found
        step = np.linalg.solve(information, slope)
        reach = float(np.abs(step).max())
        found = found + step * min(1.0, _TRUST / max(reach, 1e-300))
        if reach < _EXACT:
            break
    return found, information


def _chance(found: Floats) -> Floats:
    theta, bias = found[:-1], found[-1]
    chance: Floats = 1.0 / (1.0 + np.exp(theta[None, :] - theta[:, None] - bias))
    return chance


def _joined(sided: Floats) -> Floats:
    """Strengths and bias jointly, [M + 1, M + 1]."""
    across = sided.sum(axis=1) - sided.sum(axis=0)
    whole = np.empty((len(sided) + 1, len(sided) + 1))
    whole[:-1, :-1] = laplacian(sided + sided.T)
    whole[-1, :-1] = whole[:-1, -1] = across
    whole[-1, -1] = sided.sum()
    return whole


def _ridge(models: int) -> Floats:
    return np.diag(np.append(np.full(models, _RIDGE), _RIDGE))
