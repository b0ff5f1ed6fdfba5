"""Compute from the votes so far which pairs should meet next."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.matchmaking.design import greedy_shares
from arena.matchmaking.pairing import PairProbabilities

Floats = NDArray[np.float64]

_LEAST_CEILING = 1.5  # times an even share: below that a plan could hardly prefer any pair
_MOST_ROUNDS = 200  # two models at the ceiling push each other up by less each time
_EXCESS = 1e-6

Strategy = Literal["uniform", "fewest_votes", "a_optimal"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

# Spread of a model that no vote has placed yet, in natural-log odds: 350 points of 400/log 10.
_UNKNOWN = (350.0 * np.log(10.0) / 400.0) ** 2


def plan_pairs(
    *,
    theta: Floats,
    covariance: Floats,
    votes: ArrayLike,
    strategy: str = "a_optimal",
    floor: float = 0.1,
    ceiling: float = 1.0,
    weights: ArrayLike | None = None,
    seed: int = 0,
) -> PairProbabilities:
    """Return the pairs with their probabilities.

    `theta` [M] and `covariance` [M, M] in natural-log odds, nan for models without a number;
    `votes` [M] per model or [M, M] per pair. `floor` is the share that stays uniform, so that
    no pair becomes predictable or impossible; `ceiling` is the share of all battles that no
    model exceeds, but it never goes below one and a half times an even share. `weights` [M]
    multiply what comes out of both by the two models' weights, 0 takes a model out. Ties in the
    greedy choice fall by `seed`.
    Raises ValueError on any of these out of range, and on fewer than two drawable models.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; there are: {', '.join(STRATEGIES)}")
    if not 0.0 <= floor <= 1.0:
        raise ValueError(f"the floor {floor} is not within 0 and 1")
    if not 0.0 < ceiling <= 1.0:
        raise ValueError(f"the ceiling {ceiling} is not above 0 and at most 1")
    pairs = np.column_stack(np.triu_indices(len(theta), k=1)).astype(np.int64)
    open_pairs = _weights(weights, len(theta))[pairs].prod(axis=1)
    drawable = open_pairs > 0
    if not drawable.any():
        raise ValueError("no two models can be drawn")
    share = uniform = drawable / drawable.sum()
    if strategy == "fewest_votes":
        share = shares_by_fewest_votes(_per_model(votes), pairs, drawable)
    elif strategy == "a_optimal":
        share = shares_by_greedy_design(theta, covariance, _per_model(votes), pairs, drawable, seed)
    share = cap_shares(ceiling, floor * uniform + (1.0 - floor) * share, pairs, drawable)
    return PairProbabilities.of(strategy, pairs, share * open_pairs)


def cap_shares(
    ceiling: float, share: Floats, pairs: NDArray[np.int64], drawable: NDArray[np.bool_]
) -> Floats:
    """Take from the pairs of the model that is drawn most, until none is above the ceiling; the
    pairs without it get what is taken, each in proportion to what it has."""
    ceiling = max(ceiling, _LEAST_CEILING * 2.0 / len(np.unique(pairs[drawable])))
    for _ in range(_MOST_ROUNDS):
        part = np.bincount(pairs.ravel(), weights=np.repeat(share, 2))
        most = int(part.argmax())
        if part[most] <= ceiling + _EXCESS:
            break
        others = drawable & (pairs != most).all(axis=1)
        rest = np.where(others, share if share[others].any() else 1.0, 0.0)
        share = np.where(others, 0.0, share) * (ceiling / part[most])
        share = share + rest * ((1.0 - ceiling) / rest.sum())
    return share


def _weights(weights: ArrayLike | None, models: int) -> Floats:
    weight = np.ones(models) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != (models,) or not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError(f"weights must be {models} finite numbers, none negative")
    return weight


def _per_model(votes: ArrayLike) -> Floats:
    count = np.asarray(votes, dtype=np.float64)
    return count if count.ndim == 1 else count.sum(axis=1)


def shares_by_fewest_votes(
    votes: Floats, pairs: NDArray[np.int64], drawable: NDArray[np.bool_]
) -> Floats:
    """A pair's share falls with the votes of both its models."""
    thirst = 1.0 / (1.0 + votes)
    share = np.where(drawable, thirst[pairs].prod(axis=1), 0.0)
    return np.asarray(share / max(share.sum(), 1e-300))


def shares_by_greedy_design(
    theta: Floats,
    covariance: Floats,
    votes: Floats,
    pairs: NDArray[np.int64],
    drawable: NDArray[np.bool_],
    seed: int,
) -> Floats:
    level, spread = prior_of_unrated(theta, covariance)
    known = float(votes.sum()) / 2.0
    return greedy_shares(level, spread, pairs, drawable, known=known, seed=seed)


def prior_of_unrated(theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Unrated models stand at the mean with a wide, independent spread."""
    rated = np.isfinite(theta) & np.isfinite(np.diagonal(covariance))
    level = float(theta[rated].mean()) if rated.any() else 0.0
    known = np.where(np.outer(rated, rated), covariance, 0.0)
    return np.where(rated, theta, level), known + np.diag(np.where(rated, 0.0, _UNKNOWN))
