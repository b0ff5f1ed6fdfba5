"""Find the smallest number of votes on which the first place depends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import POINTS, Floats, Integers, PairCounts
from arena.rating.graph import components, resistance
from arena.rating.newton import PairPoints, StrengthOptimum, solve_strengths

_RIVALS = 5
_MOST_LEVERAGE = 0.9
_LEAD = 1e-8
"""A lead above the rounding of a refit: two models that are equal do not flip by chance."""


@dataclass(frozen=True, slots=True)
class FirstPlace:
    """Leaving out `votes` votes (`share` of all) puts `rival` above `leader`; refitted, so the
    flip is certain, while a smaller set may exist that the search did not see."""

    leader: str
    rival: str
    votes: int
    share: float


def first_place(
    counts: PairCounts, models: Sequence[str], candidates: Sequence[int] | None = None
) -> FirstPlace | None:
    """Drop the votes that hold the leader up most until a refit flips the first place.

    Votes are ordered by their first-order influence on the gap (Broderick, Giordano and Meager,
    2020; on arenas Huang, Shen, Wei and Broderick, 2025), for each of the five nearest rivals.
    None where the models are not connected or no set within the votes flips the place.
    ``candidates`` are the places of the models that can be first; all where it is not given.
    """
    if counts.models < 2 or not counts.total or components(counts).any():
        return None
    optimum = _refit(counts)
    order = np.argsort(-optimum.theta, kind="stable")
    if candidates is not None:
        order = order[np.isin(order, candidates)]
    if len(order) < 2:
        return None
    leader = int(order[0])
    votes, nearest = counts.total, None
    for rival in order[1 : 1 + _RIVALS].tolist():
        dropped = fewest_votes(counts, optimum, leader, rival, votes - 1)
        if dropped is not None:
            votes, nearest = dropped, rival
    if nearest is None:
        return None
    return FirstPlace(models[leader], models[nearest], votes, votes / counts.total)


def _refit(counts: PairCounts, start: Floats | None = None) -> StrengthOptimum:
    return solve_strengths(PairPoints.of_table(counts.table), firth=True, start=start)


def vote_influence(counts: PairCounts, optimum: StrengthOptimum, leader: int, rival: int) -> Floats:
    """Return how much one vote of each cell adds to the leader's gap over the rival, [M, M, 4]."""
    pull = optimum.inverse[leader] - optimum.inverse[rival]
    chance = optimum.expected
    leverage = np.minimum(chance * chance.T * resistance(optimum.inverse), _MOST_LEVERAGE)
    reach = (pull[:, None] - pull[None, :]) / (1.0 - leverage)
    added: Floats = reach[:, :, None] * (POINTS - chance[:, :, None])
    return added


def fewest_votes(
    counts: PairCounts, optimum: StrengthOptimum, leader: int, rival: int, most: int
) -> int | None:
    """Size of the smallest leading set whose loss flips the two, by bisection over refits; None
    where it has more than `most` votes.

    The search begins where the influences say that the gap closes, which is seldom far off.
    """
    added = vote_influence(counts, optimum, leader, rival).ravel()
    ranked = np.argsort(-added, kind="stable")
    ranked = ranked[added[ranked] > 0]
    votes = counts.table.ravel()[ranked]
    ends = np.cumsum(votes)
    low, high = 0, min(int(ends[-1]), most) if len(ends) else 0
    if not high:
        return None

    def flipped(dropped: int) -> bool:
        return _flipped(counts, ranked, ends, dropped, (leader, rival), optimum.theta)

    gap = optimum.theta[leader] - optimum.theta[rival]
    closed = int(np.searchsorted(np.cumsum(votes * added[ranked]), gap))
    probe = min(int(ends[min(closed, len(ends) - 1)]), high)
    while not flipped(probe):
        if probe == high:
            return None
        low, probe = probe, min(probe + probe // 4 + 1, high)
    high = probe
    probe = high - high // 8 - 1
    while probe > low and flipped(probe):
        high, probe = probe, probe - probe // 4 - 1
    low = max(low, probe)
    while high - low > 1:
        middle = (low + high) // 2
        if flipped(middle):
            high = middle
        else:
            low = middle
    return high


def _flipped(
    counts: PairCounts,
    ranked: Integers,
    ends: Integers,
    dropped: int,
    pair: tuple[int, int],
    start: Floats,
) -> bool:
    """Return whether the rival leads once the first `dropped` votes of the ranking are gone."""
    leader, rival = pair
    table = counts.table.copy().ravel()
    whole = int(np.searchsorted(ends, dropped, side="right"))
    table[ranked[:whole]] = 0
    if whole < len(ranked):
        table[ranked[whole]] -= dropped - (ends[whole - 1] if whole else 0)
    rest = PairCounts(table.reshape(counts.table.shape))
    if not rest.total or components(rest).any():
        return False
    theta = _refit(rest, start).theta
    return bool(theta[rival] > theta[leader] + _LEAD)
