"""A world of votes with known strengths, honest voters, and attackers who push one model.

The worlds are those of the literature on rigged arenas: strengths normal with a standard deviation
of 0.6 in log odds, uniform pairs, no ties, a target in the lower half, and an attacker who tells
the target by its answers in 95 of 100 battles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from arena.integrity.statistics.betting import ExaminedVotes, FrozenStrengths
from arena.rating.comparisons import PairCounts
from arena.rating.newton import PairPoints, solve_strengths

SPREAD = 0.6
ACCURACY = 0.95
TARGETS = {12: 7, 20: 11}
"""The target's place among so many models, counted from the best, which is 0."""
EACH_HONEST = 20
"""Votes of an honest identity in a stream."""
SECONDS = 30.0
"""Between two votes of the stream."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedVotes:
    """Votes among models by number; ``rigged`` says which of them an attacker cast."""

    a: Integers
    b: Integers
    points: Floats
    voter: Integers
    rigged: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.a)

    def __add__(self, other: SimulatedVotes) -> SimulatedVotes:
        return SimulatedVotes(
            np.concatenate([self.a, other.a]),
            np.concatenate([self.b, other.b]),
            np.concatenate([self.points, other.points]),
            np.concatenate([self.voter, other.voter]),
            np.concatenate([self.rigged, other.rigged]),
        )

    def take(self, rows: NDArray[np.bool_]) -> SimulatedVotes:
        """The votes of these rows."""
        return SimulatedVotes(
            self.a[rows], self.b[rows], self.points[rows], self.voter[rows], self.rigged[rows]
        )

    def examined(self, age: float = 3600.0) -> ExaminedVotes:
        """The same as the statistics take them; every identity is of this age."""
        at = np.arange(len(self), dtype=np.float64) * SECONDS
        return ExaminedVotes(self.a, self.b, self.points, self.voter, at, np.full(len(self), age))


class VoteWorld:
    """Models with strengths, best first, and dice."""

    def __init__(self, models: int, seed: int) -> None:
        self.dice = np.random.default_rng([models, seed])
        self.theta = np.sort(self.dice.normal(0.0, SPREAD, models))[::-1]
        self.models, self.target = models, TARGETS[models]

    def honest(
        self, votes: int, *, each: int = EACH_HONEST, taste: float = 0.0, first: int = 0
    ) -> SimulatedVotes:
        """Honest votes; with ``taste`` each identity has strengths of its own that differ so much
        from the world's."""
        a = self.dice.integers(0, self.models, votes)
        b = (a + self.dice.integers(1, self.models, votes)) % self.models
        voter = first + np.arange(votes) // each
        own = self.dice.normal(0.0, taste, (votes // each + 1, self.models))
        theta = self.theta + own[voter - first]
        rows = np.arange(votes)
        wins = self.dice.random(votes) < expit(theta[rows, a] - theta[rows, b])
        return SimulatedVotes(a, b, wins.astype(float), voter, np.zeros(votes, dtype=bool))

    def target_only(self, votes: int, *, each: int, first: int = 1_000_000) -> SimulatedVotes:
        """Votes on the target's battles alone, the model that is taken for the target wins."""
        opponent = (self.target + self.dice.integers(1, self.models, votes)) % self.models
        left = self.dice.random(votes) < 0.5
        right = self.dice.random(votes) < ACCURACY
        a, b = np.where(left, self.target, opponent), np.where(left, opponent, self.target)
        points = (left == right).astype(float)
        voter = first + np.arange(votes) // each
        return SimulatedVotes(a, b, points, voter, np.ones(votes, dtype=bool))

    def omnipresent(self, votes: int, *, each: int, first: int = 1_000_000) -> SimulatedVotes:
        """Votes in every battle: for the target, and elsewhere against what stands above it."""
        a = self.dice.integers(0, self.models, votes)
        b = (a + self.dice.integers(1, self.models, votes)) % self.models
        worth = np.where(np.arange(self.models) < self.target, -1, 0)
        worth[self.target] = 1
        wins = worth[a] > worth[b]
        even = worth[a] == worth[b]
        wins = np.where(even, self.dice.random(votes) < 0.5, wins)
        wrong = self.dice.random(votes) >= ACCURACY
        points = np.where(wrong & ~even, ~wins, wins).astype(float)
        voter = first + np.arange(votes) // each
        return SimulatedVotes(a, b, points, voter, np.ones(votes, dtype=bool))

    def mixed(self, votes: int, share: float, *, each: int = 30, first: int = 0) -> SimulatedVotes:
        """A stream of honest votes of which a share is the attacker's."""
        rigged = self.dice.random(votes) < share
        found = self.honest(votes, first=first)
        attack = self.target_only(int(rigged.sum()), each=each)
        found.a[rigged], found.b[rigged] = attack.a, attack.b
        found.points[rigged], found.voter[rigged] = attack.points, attack.voter
        found.rigged[:] = rigged
        return found


def counts_of(votes: SimulatedVotes, models: int) -> PairCounts:
    """The votes as the rating takes them."""
    outcome = (1 - votes.points).astype(int)
    return PairCounts.from_cells(models, votes.a, votes.b, outcome, np.ones(len(votes), int))


def fitted(votes: SimulatedVotes, models: int) -> FrozenStrengths:
    """The board that these votes give."""
    table = counts_of(votes, models).table
    optimum = solve_strengths(PairPoints.of_table(table), firth=True)
    names = tuple(map(str, range(models)))
    return FrozenStrengths(names, optimum.theta, optimum.inverse)


def place_of(counts: PairCounts, model: int) -> int:
    """The model's place on the board of these counts, 0 for the best."""
    theta = solve_strengths(PairPoints.of_table(counts.table), firth=True).theta
    return int((theta > theta[model]).sum())
