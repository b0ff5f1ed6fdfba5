"""Weights by which votes speak for a population, and what they cost.

Post-stratification (Holt and Smith, J. R. Statist. Soc. A 142, 1979): the votes of each group
together weigh as much as the group's share of the population, whoever happened to vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import Floats, Integers

MOST_WEIGHT = 5.0
"""No vote weighs more than so many times the mean: a handful of rare people must not decide."""
_ROUNDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class PopulationWeights:
    """Weights of votes [n], which add up to the effective sample size.

    `groups` [K] are the weights of one vote of each group in units of the mean vote, `reached` [K]
    the shares that the groups have by them: the stated ones, unless a weight was `trimmed`.
    `design_effect` is by how much the weights raise the variance (Kish, Survey Sampling, 1965).
    """

    weights: Floats
    groups: Floats
    reached: Floats
    trimmed: bool
    effective: float

    @property
    def design_effect(self) -> float:
        """Return votes over effective votes: 1 where all weigh the same."""
        return len(self.weights) / self.effective


def population_weights(
    group: Integers, shares: Sequence[float], *, most: float = MOST_WEIGHT
) -> PopulationWeights:
    """Return the weights of votes by their group, an index into `shares`, which add up to 1.

    A group's weight that is beyond `most` times the mean stays there, and what it lacks goes to all
    the others in proportion. Raises ValueError for shares that are none, and for a group that has
    a share of the population and no vote.
    """
    stated = np.asarray(shares, dtype=np.float64)
    if not len(stated) or not (stated >= 0.0).all() or abs(stated.sum() - 1.0) > 1e-3:
        raise ValueError("the shares of a population are at least 0 and add up to 1")
    votes = np.bincount(group, minlength=len(stated)).astype(np.float64)
    if len(votes) > len(stated) or (votes[stated > 0.0] == 0.0).any():
        raise ValueError("a group of the population has no vote, or a vote no group")
    stated = stated / stated.sum()
    own = np.divide(stated, votes, out=np.zeros_like(stated), where=votes > 0.0) * votes.sum()
    kept = trimmed_weights(own, votes, most)
    weights = kept[group]
    effective = effective_size(weights)
    return PopulationWeights(
        weights=weights * (effective / weights.sum()),
        groups=kept,
        reached=kept * votes / votes.sum(),
        trimmed=bool((own > most).any()),
        effective=effective,
    )


def trimmed_weights(own: Floats, votes: Floats, most: float) -> Floats:
    """Return the groups' weights, mean 1 over the votes, of which none is above `most`."""
    kept = own.copy()
    for _ in range(_ROUNDS):
        over = kept >= most
        if not over.any() or over.all() or (kept <= most).all():
            break
        kept[over] = most
        left = votes.sum() - (kept * votes)[over].sum()
        rest = (own * votes)[~over].sum()
        if rest <= 0.0:
            break
        kept[~over] = own[~over] * left / rest
    return np.asarray(kept * votes.sum() / (kept * votes).sum())


def effective_size(weights: Floats) -> float:
    """Return how many votes of equal weight say as much (Kish): (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / np.square(weights).sum())
