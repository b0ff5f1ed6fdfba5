"""Sequential Elo, and Elo averaged over vote orders with the spread that order alone makes.

After a vote the winner takes K (1 - expected) points from the loser, a tie counts half (Elo, The
Rating of Chessplayers, 1978). The order of the votes then moves the ratings; their mean over
random orders does not depend on it and lies near the Bradley-Terry optimum. Nor does it depend on
the models' names: the orders are drawn over models numbered by their votes, and models whose votes
are alike share the mean of their ratings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.clusters import Clustered, by_voter, facts_of
from arena.rating.comparisons import POINTS, Comparisons, Floats, Integers, Outcome, PairCounts
from arena.rating.fit import STANDARD, Fit, Interval, Scale
from arena.rating.intervals import (
    Z95,
    sandwich,
    thin_models,
    unseen_noise,
)
from arena.rating.level import level_of
from arena.rating.newton import Tally, described
from arena.rating.numbering import alike, by_votes
from arena.rating.order import in_own_order
from arena.rating.walk import walked

NEEDS_ROWS = False
VERSION = 3
Order = Literal["averaged", "cast"]

_NAMED_UNTIL = 2
"""The last version that drew its orders over models sorted by name: renaming one moved ratings."""
_TIES = (Outcome.TIE, Outcome.BOTH_BAD)

# A model forgets its start after about 400 / (K ln 10 / 4) games; longer runs only cost time.
_LIFETIMES = 15


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    k: float = 4.0,
    order: Order = "averaged",
    orders: int = 64,
) -> Fit:
    """Rate the connected models.

    `order="averaged"`: mean over `orders` random orders drawn by `seed`, whatever the order of
    the votes. `order="cast"`: one pass in the order given, which needs single votes. Intervals
    add the noise of the order to that of the votes (of whole voters where they are known);
    `details["order_spread"]`, the standard deviation between orders in points, is of the order
    alone. Weights do not enter. Raises ValueError on an unknown order or counts alone.
    """
    if order not in get_args(Order):
        raise ValueError(f"order {order!r} is none of {', '.join(get_args(Order))}")
    if order == "cast" and not isinstance(votes, Comparisons):
        raise ValueError("the order of casting needs single votes, not pair counts")
    base = ground(votes, models, scale, version=version)
    found, details = Strengths.nobody(), dict[str, Any]()
    if not base.empty:
        walks = _walks(base, k / scale.per_nat, orders, seed)
        found, details = _rated(base, votes, walks, k / scale.per_nat, order, scale)
    facts = {"k": k, "order": order, "orders": orders, **details}
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    return assemble("elo", base, found, details=facts, **shared)


@dataclass(frozen=True, slots=True, eq=False)
class _Walks:
    """Strengths [K] after random orders of the votes: their mean, their covariance between the
    orders and their standard deviations, over so many orders."""

    mean: Floats
    noise: Floats
    deviation: Floats
    orders: int

    def shared(self, classes: NDArray[np.intp]) -> _Walks:
        """The same with one mean and one deviation for each class of models."""
        if len(classes) == classes.max() + 1:
            return self
        same = classes[:, None] == classes
        pool = same / same.sum(axis=1)
        apart = np.eye(len(classes)) - pool
        spread = np.diagonal(apart @ self.noise @ apart)
        own = (same @ spread) / np.maximum(same.sum(axis=1) - 1, 1)
        return _Walks(
            mean=pool @ self.mean,
            noise=pool @ self.noise @ pool + apart * own,
            deviation=np.sqrt(pool @ self.deviation**2),
            orders=self.orders,
        )


def _rated(
    base: Ground,
    votes: PairCounts | Comparisons,
    walks: _Walks,
    step: float,
    order: Order,
    scale: Scale,
) -> tuple[Strengths, dict[str, Any]]:
    start, noise, rows = walks.mean, walks.noise / walks.orders, None
    if isinstance(votes, Comparisons):
        cast = votes if votes.weight is None else votes.take(votes.weight > 0)
        rows = replace(cast, weight=None).inside(base.inside, len(base.models))
        if order == "cast":
            start, noise = walked(rows, len(base.inside), step), walks.noise
    found, grouped = _strengths(base, start, noise, rows)
    return found, {**_spread(base, walks, scale), **facts_of(grouped)}


def _walks(base: Ground, step: float, orders: int, seed: int) -> _Walks:
    counts = base.counts.take(base.inside)
    by_name = base.version <= _NAMED_UNTIL
    names = [base.models[i] for i in base.inside.tolist()]
    named = np.array(sorted(range(len(names)), key=names.__getitem__))
    order = named if by_name else by_votes(_sided(counts))
    runs = _runs(counts.take(order), step, orders, seed)[:, np.argsort(order)]
    noise = np.atleast_2d(np.cov(runs.T))
    walks = _Walks(runs.mean(axis=0), noise, runs.std(axis=0, ddof=1), orders)
    return walks if by_name else walks.shared(alike(_sided(counts)))


def _runs(counts: PairCounts, step: float, orders: int, seed: int) -> Floats:
    """Strengths after each of the random orders, shape [orders, K].

    All orders walk side by side: one vectorised update per position.
    """
    models = counts.models
    first, second, score, ends = _cells(counts)
    length = min(int(ends[-1]), int(_LIFETIMES * 2.0 / step) * models)
    rng = np.random.default_rng(seed)
    drawn = (rng.choice(int(ends[-1]), length, replace=False) for _ in range(orders))
    place = np.stack([np.searchsorted(ends, votes, side="right") for votes in drawn], axis=1)
    theta = np.zeros(orders * models)
    offset = np.arange(orders) * models
    for cell in place:
        a, b = first[cell] + offset, second[cell] + offset
        gap = theta[b] - theta[a]
        gain = step * (score[cell] - 1.0 / (1.0 + np.exp(gap)))
        theta[a] += gain
        theta[b] -= gain
    return theta.reshape(orders, models)


def _cells(
    counts: PairCounts,
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, NDArray[np.int64]]:
    """Pair and result of each cell of equal votes, and where it ends in a row of all votes: an
    order that forgets sides and time, and never spreads the votes out."""
    sided = _sided(counts)
    first, second, outcome = np.nonzero(np.triu(np.ones(sided.shape[:2]), 1)[:, :, None] * sided)
    return first, second, POINTS[outcome], np.cumsum(sided[first, second, outcome])


def _sided(counts: PairCounts) -> Integers:
    """Outcomes of each pair as the first of the two sees them, whichever side it had."""
    table = counts.table
    both: Integers = table + table.transpose(1, 0, 2)[:, :, [Outcome.B, Outcome.A, *_TIES]]
    return both


def _strengths(
    base: Ground, theta: Floats, noise: Floats, rows: Comparisons | None
) -> tuple[Strengths, Clustered | None]:
    """Sampling error of the votes at these strengths, plus the noise of the order."""
    counts = base.counts.take(base.inside)
    tally = Tally.of(counts.beat + 0.5 * counts.drawn)
    state = described(tally, theta)
    thin = thin_models(state, tally.games)
    information = (tally.games * state.expected * state.expected.T).sum(axis=1)
    level = level_of(base, information, thin=thin, even=True)  # Elo's points are conserved
    grouped = by_voter(state, None if rows is None else in_own_order(rows))
    votes = grouped.covariance if grouped else sandwich(state, counts.table, leverage=False)
    robust = noise + votes + unseen_noise(state, counts.table)
    covariance = level.guarded(robust, state.inverse, thin)
    basis: Interval = "voters" if grouped else "votes"
    quantile = grouped.quantile if grouped else Z95
    theta = level.strengths(state.theta)
    return Strengths(base.inside, theta, covariance, level.zero, quantile, basis), grouped


def _spread(base: Ground, walks: _Walks, scale: Scale) -> dict[str, Any]:
    deviation = scale.per_nat * walks.deviation
    names = [base.models[i] for i in base.inside]
    return {"order_spread": dict(zip(names, deviation.tolist(), strict=True))}
