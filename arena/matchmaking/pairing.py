"""A plan of pairs with probabilities, and drawing from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray


class UniformSource(Protocol):
    """A source of uniform numbers in [0, 1): random.Random, SystemRandom or numpy's."""

    def random(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Matchup:
    """A pair with its sides, and the probability with which the pair was drawn.

    Sides are a fair coin: this very order had half the probability.
    """

    model_a: int
    model_b: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class PairProbabilities:
    """The pairs that may be drawn: `pairs` [P, 2] with i < j, `probability` [P] with sum 1."""

    strategy: str
    pairs: NDArray[np.int64]
    probability: NDArray[np.float64]

    @classmethod
    def of(cls, strategy: str, pairs: NDArray[np.int64], share: NDArray[np.float64]) -> Self:
        """Return the plan for shares of any sum; pairs without a share are left out.

        Raises ValueError when nothing can be drawn.
        """
        drawable = share > 0
        if not drawable.any():
            raise ValueError("no two models can be drawn")
        kept = share[drawable]
        return cls(strategy, pairs[drawable], kept / kept.sum())

    @classmethod
    def from_rows(cls, strategy: str, rows: Iterable[tuple[int, int, float]]) -> Self:
        """Return the plan that `as_rows` gave."""
        stored = list(rows)
        pairs = np.array([row[:2] for row in stored], dtype=np.int64).reshape(-1, 2)
        return cls.of(strategy, pairs, np.array([row[2] for row in stored], dtype=np.float64))

    def as_rows(self) -> list[tuple[int, int, float]]:
        """(i, j, probability) per pair, JSON-ready."""
        columns = (*self.pairs.T.tolist(), self.probability.tolist())
        return list(zip(*columns, strict=True))

    def given(self, available: Collection[int]) -> PairProbabilities:
        """Return the plan given that only these models can answer now.

        Uniform over them where the plan has no pair of them. Raise ValueError for fewer than two.
        """
        open_now = np.isin(self.pairs, list(available)).all(axis=1)
        if open_now.any():
            return PairProbabilities.of(self.strategy, self.pairs, self.probability * open_now)
        rows = [(i, j, 1.0) for i, j in combinations(sorted(available), 2)]
        return PairProbabilities.from_rows("uniform", rows)


def draw_pair(plan: PairProbabilities, rng: UniformSource) -> Matchup:
    """Draw a pair by its probability, then the sides by a fair coin."""
    reached = np.searchsorted(np.cumsum(plan.probability), rng.random(), side="right")
    row = min(int(reached), len(plan.pairs) - 1)
    first, second = (int(model) for model in plan.pairs[row])
    if rng.random() < 0.5:
        first, second = second, first
    return Matchup(first, second, float(plan.probability[row]))
