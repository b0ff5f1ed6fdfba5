"""The optimum kept exact while votes come in one by one."""

from __future__ import annotations

import numpy as np

from arena.rating.comparisons import Floats
from arena.rating.newton import Optimum, Tally, described, solve

_EXACT = 1e-10
# A chord step that shrinks the error less than this is worth a fresh inverse.
_SLOW = 0.1


class LiveFit:
    """Unpenalised Bradley-Terry strengths after each vote; mutable, not safe to share.

    Newton's matrix is kept from vote to vote (the chord method): on a settled board two passes
    over the pairs reach the exact optimum, without a factorisation. It is refreshed by itself
    when it has gone stale. The tally must stay strongly connected.
    """

    def __init__(self, tally: Tally, start: Floats | None = None) -> None:
        """Raises ValueError when the tally has no finite optimum."""
        self._points = tally.points.sum(axis=1)
        self._games = np.array(tally.games)
        self._room = np.empty_like(self._games)
        first = solve(tally, start=start)
        self._theta: Floats = first.theta
        self._inverse: Floats = first.inverse

    @property
    def theta(self) -> Floats:
        """Strengths in natural-log odds, mean zero, [M]."""
        return np.asarray(self._theta - self._theta.mean())

    def add(self, i: int, j: int, score: float, weight: float = 1.0) -> None:
        """Count one vote on models i and j in which i took `score` (1, 0.5 or 0).

        A negative weight takes a vote back.
        """
        self._points[i] += weight * score
        self._points[j] += weight * (1.0 - score)
        self._games[i, j] += weight
        self._games[j, i] += weight
        chance = 1.0 / (1.0 + np.exp(self._theta[j] - self._theta[i]))
        # At the old optimum only the new vote pulls: its first step needs no pass at all.
        step = (self._inverse[i] - self._inverse[j]) * (weight * (score - chance))
        self._walk(step)

    def optimum(self) -> Optimum:
        """With fresh information, for intervals."""
        half = 0.5 * self._games  # how the points were split does not matter for information
        return described(Tally(half, self._games), self._theta)

    def _walk(self, step: Floats) -> None:
        reach = float(np.ptp(step))
        self._theta = self._theta + step
        while reach > _EXACT:
            step = self._inverse @ self._slope()
            last, reach = reach, float(np.ptp(step))
            self._theta = self._theta + step
            if reach > _SLOW * last:
                self._refresh()
                return

    def _slope(self) -> Floats:
        """Points above expectation per model: one addition and one division a pair."""
        strength = np.exp(self._theta)
        np.add(strength[:, None], strength[None, :], out=self._room)
        np.divide(self._games, self._room, out=self._room)
        return np.asarray(self._points - strength * self._room.sum(axis=1))

    def _refresh(self) -> None:
        """Newton's method from here, with a matrix for the votes to come.

        Any split of the points with the right sums has the same optimum.
        """
        surplus = (self._points - 0.5 * self._games.sum(axis=1)) / len(self._points)
        points = 0.5 * self._games + surplus[:, None] - surplus[None, :]
        fresh = solve(Tally(points, self._games), start=self._theta)
        self._theta, self._inverse = fresh.theta, fresh.inverse
