"""Compute ranks, a confirmed order and tiers from strengths and their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, Integers
from arena.rating.graph import resistance

LEVEL = 0.05
# The board-wide promise is 5%; one point pays for simulating the limit and for estimated errors.
BOARD_LEVEL = 0.04
# Half of them serve the models' own limits, which cost a pass over all pairs: a limit is then
# within 3%. The board-wide one has few open pairs and takes all.
DRAWS = 1024
Mask = NDArray[np.bool_]

# Rounding noise of a fit is far below, any honest difference far above: equal records share a
# rank whatever the order in which the models were numbered.
_SAME = 1e-9
# Draws handled at once: the block of all models stays in the second-level cache.
_SLICE = 256


@dataclass(frozen=True, slots=True, eq=False)
class ConfirmedOrder:
    """The statements of the votes about who is above whom.

    `best`, `worst` [M]: each model's own 95% interval of ranks. `above[i, j]`: i is confirmed
    above j; with 95% confidence not one of these statements is wrong. `tier` [M]: length of the
    longest chain of confirmed statements that ends at the model, so that within a tier nobody is
    confirmed above anybody.
    """

    best: Integers
    worst: Integers
    above: Mask
    tier: Integers


def ranks(theta: Floats) -> Integers:
    """1 + the number of stronger models, shape [M]; equals share a rank."""
    order = np.argsort(-theta, kind="stable")
    place = np.arange(1, len(theta) + 1)
    fresh = np.diff(theta[order], prepend=np.inf) < -_SAME
    result = np.empty(len(theta), dtype=np.int64)
    result[order] = np.maximum.accumulate(np.where(fresh, place, 1))
    return result


def confirmed_order(
    theta: Floats,
    covariance: Floats,
    *,
    ratio: Floats | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> ConfirmedOrder:
    """Rank intervals and the order that holds board-wide.

    Per model: max-t over its differences (Mogstad, Romano, Shaikh and Wilhelm, Rev. Econ. Stud.
    91, 2024). Board-wide: step-down max-t over all differences (Romano and Wolf, J. Amer.
    Statist. Assoc. 100, 2005). Quantiles are simulated from the estimates' normal distribution,
    with models in order of strength, so that their numbering does not matter. `ratio` [M, M] takes
    the place of the differences over their standard errors.
    """
    by_strength = np.argsort(-theta, kind="stable")
    back = np.argsort(by_strength)
    spread = covariance[np.ix_(by_strength, by_strength)]
    inverse = inverse_standard_errors(spread)
    if ratio is None:
        ratio = (theta[:, None] - theta[None, :]) * inverse[np.ix_(back, back)]
    ratio = ratio[np.ix_(by_strength, by_strength)]
    noise = simulate_errors(spread, draws, seed)
    limit = _quantile(largest_ratios(noise[:, : draws // 2], inverse), LEVEL)[:, None]
    best = 1 + (ratio < -limit).sum(axis=1)
    worst = len(theta) - (ratio > limit).sum(axis=1)
    above = confirm_step_down(ratio, noise, inverse)
    return ConfirmedOrder(
        best[back], worst[back], above[np.ix_(back, back)], chain_lengths(above)[back]
    )


def inverse_standard_errors(covariance: Floats) -> Floats:
    """Return 1 / standard error of each difference; 0 for a model with itself."""
    variance = resistance(covariance)
    with np.errstate(divide="ignore"):
        inverse: Floats = 1.0 / np.sqrt(np.maximum(variance, 0.0))
    return np.where(variance > _SAME**2, inverse, 0.0)


def simulate_errors(covariance: Floats, draws: int, seed: int) -> NDArray[np.float32]:
    """Normal errors of the estimates, [M, draws]; single precision is finer than the noise."""
    # An anchored covariance does not span one direction: this lifts it.
    jitter = 1e-7 * float(np.trace(covariance)) / max(len(covariance), 1) + 1e-300
    root = np.linalg.cholesky(covariance + np.eye(len(covariance)) * jitter)
    normal = np.random.default_rng(seed).standard_normal((len(root), draws), dtype=np.float32)
    errors: NDArray[np.float32] = root.astype(np.float32) @ normal
    return errors


def _quantile(largest: NDArray[np.float32], level: float) -> Floats:
    """Upper point over the last axis."""
    count = largest.shape[-1]
    place = min(int(np.ceil((1.0 - level) * (count + 1))) - 1, count - 1)
    return np.asarray(np.partition(largest, place, axis=-1)[..., place], dtype=np.float64)


def largest_ratios(noise: NDArray[np.float32], inverse: Floats) -> NDArray[np.float32]:
    """Per model and draw, the largest |difference| / error to any other model, [M, draws]."""
    largest = np.zeros_like(noise)
    scale = inverse.astype(np.float32)
    for start in range(0, noise.shape[1], _SLICE):
        part = noise[:, start : start + _SLICE]
        top = largest[:, start : start + _SLICE]
        for i in range(len(part) - 1):
            gap = part[i + 1 :] - part[i]
            gap *= scale[i + 1 :, i, None]
            np.abs(gap, out=gap)
            np.maximum(top[i + 1 :], gap, out=top[i + 1 :])
            np.maximum(top[i], gap.max(axis=0), out=top[i])
    return largest


def confirm_step_down(ratio: Floats, noise: NDArray[np.float32], inverse: Floats) -> Mask:
    """Confirmed statements among models in order of strength, [M, M].

    Starts with Holm's bound, which can only reject what max-t would reject too: the simulation
    then runs over the open pairs alone, and ends at the same place.
    """
    first, second = np.triu_indices(len(ratio), k=1)
    score = ratio[first, second]
    open_pairs = np.ones(len(score), dtype=bool)
    limit = _bonferroni(len(score))
    while (score[open_pairs] > limit).any():
        open_pairs &= score <= limit
        limit = _bonferroni(int(open_pairs.sum()))
    limit = _largest_overall(noise, inverse, first[open_pairs], second[open_pairs])
    while (score[open_pairs] > limit).any():
        open_pairs &= score <= limit
        limit = _largest_overall(noise, inverse, first[open_pairs], second[open_pairs])
    above = np.zeros(ratio.shape, dtype=bool)
    above[first[~open_pairs], second[~open_pairs]] = True
    return above


def _bonferroni(pairs: int) -> float:
    return float(scipy.special.ndtri(1.0 - BOARD_LEVEL / 2.0 / max(pairs, 1)))


def _largest_overall(
    noise: NDArray[np.float32],
    inverse: Floats,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> float:
    """Limit for the largest |difference| / error over these pairs."""
    if not len(first):
        return np.inf
    largest = np.zeros(noise.shape[1], dtype=np.float32)
    scale = inverse.astype(np.float32)
    starts = np.flatnonzero(np.diff(first, prepend=-1))
    for i, others in zip(first[starts], np.split(second, starts[1:]), strict=True):
        gap = noise[others] - noise[i]
        gap *= scale[others, i, None]
        np.abs(gap, out=gap)
        np.maximum(largest, gap.max(axis=0), out=largest)
    return float(_quantile(largest, BOARD_LEVEL))


def chain_lengths(above: Mask) -> Integers:
    """1 + the longest chain of confirmed statements above each model, strongest first."""
    tier = np.ones(len(above), dtype=np.int64)
    for i in range(1, len(above)):
        tier[i] = 1 + np.max(tier[:i], where=above[:i, i], initial=0)
    return tier
