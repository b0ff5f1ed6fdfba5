"""Which sample picture is shown: one on which one of two models is likely to do better, more often.

The picture is chosen before the pair is drawn, by what is expected of all pairs together: so
nothing about the picture tells which pair will answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.matchmaking.pairing import UniformSource

Floats = NDArray[np.float64]

UNMEASURED = 0.5
"""The assumed accuracy of a model that was never measured on a task."""
PRIOR_BATTLES = 6.0
"""The number of battles whose outcomes weigh as much as what was expected before them."""


def expected_contest(accuracy: ArrayLike, pairs: NDArray[np.int64]) -> Floats:
    """Return the chance [P, K] that one answer of two is right, from the share of right answers.

    ``accuracy`` [M, K] is that of each model by stratum, nan where it was not measured; ``pairs``
    [P, 2] index the models. Two right answers are the same words, as an exam marks them, and two
    wrong ones say as little about which model is better.
    """
    known = np.asarray(accuracy, dtype=np.float64)
    right = np.where(np.isnan(known), UNMEASURED, np.clip(known, 0.0, 1.0))
    first, second = right[pairs[:, 0]], right[pairs[:, 1]]
    return np.asarray(first * (1.0 - second) + second * (1.0 - first))


def learned_contest(expected: Floats, met: ArrayLike, decided: ArrayLike) -> Floats:
    """Return the chances [P, K] after battles: ``met`` [P, K] by pair and stratum, ``decided``
    [P, K] those that one side won.

    All pairs together first say how a stratum lies to what was expected (a standardised ratio),
    then each pair's own battles move its chance from there. With no battles nothing changes.
    """
    battles, other = np.asarray(met, dtype=np.float64), np.asarray(decided, dtype=np.float64)
    ratio = (PRIOR_BATTLES + other.sum(axis=0)) / (PRIOR_BATTLES + (expected * battles).sum(axis=0))
    level = np.minimum(expected * ratio, 1.0)
    return np.asarray((PRIOR_BATTLES * level + other) / (PRIOR_BATTLES + battles))


def picture_probabilities(chance: ArrayLike, *, floor: float, sharpness: float = 1.0) -> Floats:
    """Return the probability [C] of each candidate by the chance [C] that one answer wins.

    ``floor`` is the share that stays even, so that no candidate becomes impossible: none has less
    than floor / C. ``sharpness`` is the power of the chances in the rest. Raises ValueError for no
    candidates, or for a floor that is not above 0 and at most 1.
    """
    chances = np.asarray(chance, dtype=np.float64)
    if not len(chances):
        raise ValueError("there is no picture to choose from")
    if not 0.0 < floor <= 1.0:
        raise ValueError(f"the floor {floor} is not above 0 and at most 1")
    share = np.clip(chances, 0.0, 1.0) ** sharpness
    even = np.full(len(share), 1.0 / len(share))
    share = share / share.sum() if share.sum() > 0.0 else even
    return np.asarray(floor * even + (1.0 - floor) * share)


def draw_picture(probabilities: Floats, rng: UniformSource) -> int:
    """Return the place of a candidate, drawn by its probability."""
    reached = np.searchsorted(np.cumsum(probabilities), rng.random(), side="right")
    return min(int(reached), len(probabilities) - 1)
