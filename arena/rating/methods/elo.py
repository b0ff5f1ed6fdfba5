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
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import ConnectedModels, connect_models
from arena.rating.clusters import (
    ERROR_DETAILS,
    describe_errors,
    errors_by_voter,
)
from arena.rating.comparisons import POINTS, Comparisons, Floats, Integers, PairCounts, VoteOutcome
from arena.rating.descriptions import MethodDescription, MethodOption, gettext_noop
from arena.rating.fit import STANDARD_SCALE, RatingFit, RatingScale
from arena.rating.inference import Estimate, estimate_strengths, fit_connected
from arena.rating.intervals import sandwich, thin_models, unseen_noise
from arena.rating.newton import PairPoints, optimum_at
from arena.rating.numbering import alike, by_votes
from arena.rating.order import in_own_order
from arena.rating.walk import run_elo

NEEDS_ROWS = False
VERSION = 3
VoteOrder = Literal["averaged", "cast"]

_NAMED_UNTIL = 2
"""The last version that drew its orders over models sorted by name: renaming one moved ratings."""
_TIES = (VoteOutcome.TIE, VoteOutcome.BOTH_BAD)

# A model forgets its start after about 400 / (K ln 10 / 4) games; longer runs only cost time.
_LIFETIMES = 15

DESCRIPTION = MethodDescription(
    title=gettext_noop("Elo"),
    summary=gettext_noop("By Elo's rule, averaged over many orders of the votes."),
    ties=gettext_noop("Both kinds of tie count as half a win for each side."),
    interval="votes",
    weighs=False,
    details=(*ERROR_DETAILS, "order_spread"),
    options=(
        MethodOption(
            "k", 4.0, gettext_noop("points that change hands at most in one vote, from 0 up")
        ),
        MethodOption(
            "order",
            "averaged",
            gettext_noop("averaged over random orders, or as cast, which needs single votes"),
            choices=get_args(VoteOrder),
            in_order_of_casting=("cast",),
        ),
        MethodOption("orders", 64, gettext_noop("random orders that are averaged"), least=2),
    ),
)


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    k: float = 4.0,
    order: VoteOrder = "averaged",
    orders: int = 64,
) -> RatingFit:
    """Return the board of the connected models.

    `order="averaged"`: mean over `orders` random orders by `seed`, whatever the order of
    the votes. `order="cast"`: one pass in the order given, which needs single votes. Intervals
    add the noise of the order to that of the votes (of whole voters where they are known);
    `details["order_spread"]`, the standard deviation between orders in points, is of the order
    alone. Weights do not enter. Raises ValueError on an unknown order or counts alone.
    """
    if order not in get_args(VoteOrder):
        raise ValueError(f"order {order!r} is none of {', '.join(get_args(VoteOrder))}")
    if order == "cast" and not isinstance(votes, Comparisons):
        raise ValueError("the order of casting needs single votes, not pair counts")
    base, step = connect_models(votes, models, scale, version=version), k / scale.per_nat
    return fit_connected(
        "elo",
        base,
        lambda: _estimate(
            base, votes, walk_random_orders(base, step, orders, seed), step, order, scale
        ),
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"k": k, "order": order, "orders": orders},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _OrderedRuns:
    """Strengths [K] after random orders of the votes: their mean, their covariance between the
    orders and their standard deviations, over so many orders."""

    mean: Floats
    noise: Floats
    deviation: Floats
    orders: int

    def shared(self, classes: NDArray[np.intp]) -> _OrderedRuns:
        """The same with one mean and one deviation for each class of models."""
        if len(classes) == classes.max() + 1:
            return self
        same = classes[:, None] == classes
        pool = same / same.sum(axis=1)
        apart = np.eye(len(classes)) - pool
        spread = np.diagonal(apart @ self.noise @ apart)
        own = (same @ spread) / np.maximum(same.sum(axis=1) - 1, 1)
        return _OrderedRuns(
            mean=pool @ self.mean,
            noise=pool @ self.noise @ pool + apart * own,
            deviation=np.sqrt(pool @ self.deviation**2),
            orders=self.orders,
        )


def _estimate(
    base: ConnectedModels,
    votes: PairCounts | Comparisons,
    walks: _OrderedRuns,
    step: float,
    order: VoteOrder,
    scale: RatingScale,
) -> Estimate:
    start, noise, rows = walks.mean, walks.noise / walks.orders, None
    if isinstance(votes, Comparisons):
        cast = votes if votes.weight is None else votes.take(votes.weight > 0)
        rows = replace(cast, weight=None).inside(base.inside, len(base.models))
        if order == "cast":
            start, noise = run_elo(rows, len(base.inside), step), walks.noise
    # The sampling error of the votes plus the noise of the order.
    counts = base.counts.take(base.inside)
    points = PairPoints.of_table(counts.table)
    state = optimum_at(points, start)
    clusters = errors_by_voter(state, None if rows is None else in_own_order(rows))
    error = clusters.covariance if clusters else sandwich(state, counts.table, leverage=False)
    strengths = estimate_strengths(
        base,
        state.theta,
        [noise + error + unseen_noise(state, counts.table)],
        information=(points.games * state.expected * state.expected.T).sum(axis=1),
        thin=thin_models(state, points.games),
        model_based=state.inverse,
        clusters=clusters,
        even=True,  # Elo's points are conserved
    )
    deviation = (scale.per_nat * walks.deviation).tolist()
    names = [base.models[i] for i in base.inside]
    spread = dict(zip(names, deviation, strict=True))
    return strengths, {"order_spread": spread, **describe_errors(clusters)}


def walk_random_orders(base: ConnectedModels, step: float, orders: int, seed: int) -> _OrderedRuns:
    counts = base.counts.take(base.inside)
    by_name = base.version <= _NAMED_UNTIL
    names = [base.models[i] for i in base.inside.tolist()]
    named = np.array(sorted(range(len(names)), key=names.__getitem__))
    order = named if by_name else by_votes(_sided(counts))
    runs = run_orders(counts.take(order), step, orders, seed)[:, np.argsort(order)]
    noise = np.atleast_2d(np.cov(runs.T))
    walks = _OrderedRuns(runs.mean(axis=0), noise, runs.std(axis=0, ddof=1), orders)
    return walks if by_name else walks.shared(alike(_sided(counts)))


def run_orders(counts: PairCounts, step: float, orders: int, seed: int) -> Floats:
    """Strengths after each of the random orders, shape [orders, K].

    All orders walk side by side: one vectorised update per position.
    """
    models = counts.models
    first, second, score, ends = order_cells(counts)
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


def order_cells(
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
    both: Integers = table + table.transpose(1, 0, 2)[:, :, [VoteOutcome.B, VoteOutcome.A, *_TIES]]
    return both
