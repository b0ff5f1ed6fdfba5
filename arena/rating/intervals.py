"""Covariances of strengths that stay honest for few votes and perfect records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, ties_between, wins_against
from arena.rating.graph import resistance
from arena.rating.newton import StrengthOptimum, laplacian

Z95 = 1.959963984540054
"""The normal quantile of 0.975, to the last bit."""

# Below this many expected upsets the residuals of a model say too little about their own spread.
THIN = 5.0
_ROUNDING = 1e-6  # a model at exactly five must not flip with the order of a sum


def thin_models(optimum: StrengthOptimum, games: Floats) -> NDArray[np.bool_]:
    """Models with fewer than five expected outcomes of their rarer kind, shape [M]."""
    gains = (games * optimum.expected).sum(axis=1)
    losses = (games * optimum.expected.T).sum(axis=1)
    return np.asarray(np.minimum(gains, losses) < THIN - _ROUNDING)


def squared_residuals(optimum: StrengthOptimum, table: NDArray[Any]) -> Floats:
    """Sum of (outcome - expectation)^2 over the votes of each pair, symmetric, [M, M].

    `table` [M, M, 4] counts the votes, or holds the sums of their squared weights.
    """
    chance, rest = optimum.expected, optimum.expected.T
    won = wins_against(table)
    total: Floats = won * rest**2
    total += won.T * chance**2
    total += ties_between(table) * (0.5 - chance) ** 2
    return total


def sandwich(optimum: StrengthOptimum, table: NDArray[Any], *, leverage: bool) -> Floats:
    """Heteroskedasticity-consistent covariance of theta, [M, M].

    HC0 of White (Econometrica 48, 1980); with `leverage` HC3 of MacKinnon and White
    (J. Econometrics 29, 1985), each residual divided by one minus its leverage, taken under the
    penalty: a single bridging vote then has 1/2, not 1. Ties make votes less noisy than a coin,
    which the model-based variance does not see: hence the sandwich.
    """
    noise = squared_residuals(optimum, table)
    if leverage:
        spread = optimum.expected * optimum.expected.T
        # Models that never met have no residuals, and may have a leverage of one.
        left = (1.0 - spread * resistance(optimum.slope)) ** 2
        np.divide(noise, left, out=noise, where=noise > 0.0)
    half = optimum.inverse @ laplacian(noise)
    covariance: Floats = half @ optimum.inverse
    return covariance


def unseen_noise(optimum: StrengthOptimum, table: NDArray[Any]) -> Floats:
    """Covariance that residuals cannot show, [M, M]: ties alone leave none at all.

    Each pair's leverage, the votes that the penalty borrows, counts as half a win and half a
    loss; what this is above the pair's own squared residuals is added.
    """
    chance, rest = optimum.expected, optimum.expected.T
    won = wins_against(table)
    games = won + won.T + ties_between(table)
    borrowed = games * chance * rest * resistance(optimum.inverse)
    missing = borrowed * 0.5 * (chance**2 + rest**2) - squared_residuals(optimum, table)
    half = optimum.inverse @ laplacian(np.maximum(missing, 0.0))
    covariance: Floats = half @ optimum.inverse
    return covariance


def contrast(covariance: Floats, base: Floats) -> Floats:
    """Covariance of theta minus its `base`-weighted mean; `base` [M] sums to one."""
    lean = covariance @ base
    moved: Floats = covariance - lean[:, None] - lean[None, :] + base @ lean
    return moved


def guarded(robust: Floats, model_based: Floats, thin: NDArray[np.bool_]) -> Floats:
    """Widen thin models to the larger of the two variances.

    Only the diagonal grows, so the matrix stays positive semi-definite and nobody else moves.
    """
    missing = np.diagonal(model_based) - np.diagonal(robust)
    widened = robust.copy()
    widened.flat[:: len(robust) + 1] += np.where(thin, np.maximum(missing, 0.0), 0.0)
    return widened
