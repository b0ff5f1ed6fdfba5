"""Bet against honest votes: wealth that can't grow on them grows on votes for one model.

Before each vote a bettor stakes a share of its wealth on a model doing better, or worse, than a
frozen board expects. Where the board is right the wealth is a martingale, so the chance that it
ever reaches 1/alpha is alpha at most (Ville, 1939; Waudby-Smith and Ramdas, JRSS B 86, 2024). No
number of votes has to be chosen beforehand, and the test may be looked at after each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAST_CHANCE = 0.02
"""The least chance that is bet against, so that one surprise proves nothing."""
DIRECTIONS = (1, -1)
"""A model is pushed up, or down."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenStrengths:
    """The strengths [K] of a board at one time with their covariance, in natural-log odds."""

    names: tuple[str, ...]
    theta: Floats
    covariance: Floats

    def chances(self, model: Integers, opponent: Integers, errors: float) -> Floats:
        """Return what each model is expected to take from a vote, shifted in its favour by so many
        standard errors of the difference."""
        variance = np.diag(self.covariance)
        spread = variance[model] + variance[opponent] - 2 * self.covariance[model, opponent]
        gap = self.theta[model] - self.theta[opponent]
        shifted = gap + errors * np.sqrt(np.maximum(spread, 0.0))
        chance: Floats = np.clip(expit(shifted), LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        return chance


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedVotes:
    """Votes in the order in which they were cast, a row each.

    ``a`` and ``b`` are places in ``FrozenStrengths.names``; ``points`` is what side A took, one
    half for a tie of either kind. ``voter`` numbers the identities, ``at`` and ``age`` are seconds:
    the time of the vote, and the age that its identity had then.
    """

    a: Integers
    b: Integers
    points: Floats
    voter: Integers
    at: Floats
    age: Floats

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: NDArray[np.bool_] | Integers) -> ExaminedVotes:
        """Return the votes of these rows."""
        return ExaminedVotes(
            self.a[rows],
            self.b[rows],
            self.points[rows],
            self.voter[rows],
            self.at[rows],
            self.age[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class ModelBets:
    """A bet for each vote on each of its two models, [2n]; in one direction.

    ``row`` is the place of the vote; ``growth`` [2n, stakes] holds the logarithms of what the
    wealth is multiplied by.
    """

    row: Integers
    model: Integers
    growth: Floats


@dataclass(frozen=True, slots=True, eq=False)
class BettingRule:
    """The shares of its wealth that a bettor stakes, whose mean is its wealth, and how many
    standard errors of the board the expectation is shifted in a voter's favour."""

    stakes: Floats
    errors: float


def bets_on(
    votes: ExaminedVotes, strengths: FrozenStrengths, direction: int, rule: BettingRule
) -> ModelBets:
    """Return the bets that each model does better (1) or worse (-1) than the board expects."""
    row = np.repeat(np.arange(len(votes)), 2)
    model = np.stack([votes.a, votes.b], axis=1).ravel()
    opponent = np.stack([votes.b, votes.a], axis=1).ravel()
    taken = np.stack([votes.points, 1.0 - votes.points], axis=1).ravel()
    if direction > 0:
        chance = strengths.chances(model, opponent, rule.errors)
    else:
        chance = strengths.chances(opponent, model, rule.errors)
        taken = 1.0 - taken
    odds = (taken / chance - 1.0)[:, None] * rule.stakes
    return ModelBets(row, model, np.log1p(odds))


def wealth(growth: Floats) -> Floats:
    """Return the logarithm of a bettor's wealth after each bet, [n] for growth [n, stakes]."""
    return mean_over_stakes(np.cumsum(growth, axis=0))


def mean_over_stakes(logarithms: Floats) -> Floats:
    """Return the logarithm of the mean of what each stake has become."""
    found: Floats = logsumexp(logarithms, axis=-1) - np.log(logarithms.shape[-1])
    return found


def wealth_by_group(growth: Floats, group: Integers) -> Floats:
    """Return the same for many bettors at once; the bets of one stand together, in their order."""
    total = np.cumsum(growth, axis=0)
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else group
    before = np.where(first[:, None] > 0, total[first - 1], 0.0)
    lengths = np.diff(np.r_[first, len(group)])
    return mean_over_stakes(total - np.repeat(before, lengths, axis=0))
