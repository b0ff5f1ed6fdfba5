"""How few votes hold the first place up?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import POINTS, Floats, Integers, PairCounts
from arena.rating.graph import components, resistance
from arena.rating.newton import Optimum, Tally, solve

_RIVALS = 5
_MOST_LEVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class FirstPlace:
    """Leaving out `votes` votes (`share` of all) puts `rival` above `leader`; refitted, so the
    flip is certain, while a smaller set may exist that the search did not see."""

    leader: str
    rival: str
    votes: int
    share: float


def first_place(counts: PairCounts, models: Sequence[str]) -> FirstPlace | None:
    """Drop the votes that hold the leader up most until a refit flips the first place.

    Votes are ordered by their first-order influence on the gap (Broderick, Giordano and Meager,
    2020; on arenas Huang, Shen, Wei and Broderick, 2025), for each of the five nearest rivals.
    None where the models are not connected or no set within the votes flips the place.
    """
    if counts.models < 2 or not counts.total or components(counts).any():
        return None
    optimum = _refit(counts)
    order = np.argsort(-optimum.theta, kind="stable")
    leader = int(order[0])
    votes, nearest = counts.total, None
    for rival in order[1 : 1 + _RIVALS].tolist():
        dropped = _fewest(counts, optimum, leader, rival, votes - 1)
        if dropped is not None:
            votes, nearest = dropped, rival
    if nearest is None:
        return None
    return FirstPlace(models[leader], models[nearest], votes, votes / counts.total)


def _refit(counts: PairCounts) -> Optimum:
    return solve(Tally.of(counts.beat + 0.5 * counts.drawn), firth=True)


def _influence(counts: PairCounts, optimum: Optimum, leader: int, rival: int) -> Floats:
    """How much one vote of each cell adds to the leader's gap over the rival, [M, M, 4]."""
    pull = optimum.inverse[leader] - optimum.inverse[rival]
    chance = optimum.expected
    leverage = np.minimum(chance * chance.T * resistance(optimum.inverse), _MOST_LEVERAGE)
    reach = (pull[:, None] - pull[None, :]) / (1.0 - leverage)
    added: Floats = reach[:, :, None] * (POINTS - chance[:, :, None])
    return added


def _fewest(counts: PairCounts, optimum: Optimum, leader: int, rival: int, most: int) -> int | None:
    """Size of the smallest leading set whose loss flips the two, by bisection over refits; None
    where it has more than `most` votes."""
    added = _influence(counts, optimum, leader, rival).ravel()
    ranked = np.argsort(-added, kind="stable")
    ranked = ranked[added[ranked] > 0]
    ends = np.cumsum(counts.table.ravel()[ranked])
    low, high = 0, min(int(ends[-1]), most) if len(ends) else 0
    if not high or not _flipped(counts, ranked, ends, high, leader, rival):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _flipped(counts, ranked, ends, middle, leader, rival):
            high = middle
        else:
            low = middle
    return high


def _flipped(
    counts: PairCounts, ranked: Integers, ends: Integers, dropped: int, leader: int, rival: int
) -> bool:
    """Whether the rival leads once the first `dropped` votes of the ranking are gone."""
    table = counts.table.copy().ravel()
    whole = int(np.searchsorted(ends, dropped, side="right"))
    table[ranked[:whole]] = 0
    if whole < len(ranked):
        table[ranked[whole]] -= dropped - (ends[whole - 1] if whole else 0)
    rest = PairCounts(table.reshape(counts.table.shape))
    if not rest.total or components(rest).any():
        return False
    theta = _refit(rest).theta
    return bool(theta[rival] > theta[leader])
