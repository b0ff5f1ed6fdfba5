"""Boards with a known truth, from easy to cruel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.newton import PairPoints, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between, tie_share

SPREAD = 0.7  # natural-log odds, about 122 points


@dataclass(frozen=True)
class Board:
    """Votes, the strengths that made them, and the model that the scenario is about."""

    counts: PairCounts
    truth: np.ndarray
    special: int | None = None


def spread_out(models, rng, spread=SPREAD):
    """Strengths of a fresh board."""
    return rng.normal(0.0, spread, models)


def uniform(rng, models=20, votes=5000):
    """Every pair alike."""
    theta = spread_out(models, rng)
    return Board(counts_from(theta, games_between(models, votes, rng), rng), theta)


def power(rng, models=20, votes=5000):
    """A few models meet most of the time."""
    theta = spread_out(models, rng)
    weight = rng.permutation(1.0 / np.arange(1, models + 1))
    return Board(counts_from(theta, games_between(models, votes, rng, weight), rng), theta)


def sparse600(rng):
    """Sixty votes a model."""
    return uniform(rng, votes=600)


def sparse200(rng):
    """Twenty votes a model."""
    return uniform(rng, votes=200)


def _with_one(rng, theta, own, votes):
    """The last model has `own` votes, the others share the rest."""
    models = len(theta)
    games = np.zeros((models, models), dtype=np.int64)
    games[:-1, :-1] = games_between(models - 1, votes - own, rng)
    games[-1, :-1] = rng.multinomial(own, np.full(models - 1, 1 / (models - 1)))
    return Board(counts_from(theta, games, rng), theta, models - 1)


def champion(rng, models=20, votes=5000):
    """One model wins nearly all of its forty votes: two boards in three have no finite optimum."""
    theta = spread_out(models, rng)
    theta[-1] = 4.75
    return _with_one(rng, theta, 40, votes)


def newcomer(rng, models=20, votes=5000):
    """One model has five votes."""
    return _with_one(rng, spread_out(models, rng), 5, votes)


def intransitive(rng, models=20, votes=5000):
    """Pairs deviate from the model; the truth is the best Bradley-Terry description."""
    theta = spread_out(models, rng)
    games = games_between(models, votes, rng)
    noise = np.triu(rng.normal(0.0, 0.4, (models, models)), 1)
    gap = theta[:, None] - theta[None, :] + noise - noise.T
    chance = 1.0 / (1.0 + np.exp(-gap))
    even = chance * (1.0 - np.eye(models))
    return Board(counts_with(chance, games, rng), solve_strengths(PairPoints.of(even)).theta)


def counts_with(chance, games, rng, ties=0.45):
    """Outcomes for given expected scores per pair."""
    draw = ties * 2.0 * np.minimum(chance, 1.0 - chance)
    parts = [chance - draw / 2, 1 - chance - draw / 2, draw / 2, draw / 2]
    return PairCounts(rng.multinomial(games, np.stack(parts, axis=-1)).astype(np.int64))


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (uniform, power, sparse600, sparse200, champion, newcomer, intransitive)
}


@dataclass(frozen=True)
class VotedBoard:
    """Votes one by one with their voters, and the strengths of the average voter."""

    rows: Comparisons
    truth: np.ndarray


def clustered(rng, models=20, votes=5000, voters=500, taste=0.8):
    """Voters differ in taste (139 points); the busiest 1% cast about 26% of the votes."""
    theta = spread_out(models, rng)
    share = np.arange(1, voters + 1) ** -0.89
    voter = rng.choice(voters, votes, p=share / share.sum())
    own = rng.normal(0.0, taste, (voters, models))
    a = rng.integers(0, models, votes)
    b = (a + rng.integers(1, models, votes)) % models
    gap = theta[a] - theta[b] + own[voter, a] - own[voter, b]
    chance = 1.0 / (1.0 + np.exp(-gap))
    draw, dice = tie_share(chance), rng.random(votes)
    outcome = np.where(dice < chance - draw / 2, 0, np.where(dice < 1 - draw, 1, 2))
    return VotedBoard(Comparisons(a, b, outcome, voter=voter), _average_voter(theta, taste))


def _average_voter(theta, taste):
    """The Bradley-Terry description of all voters together."""
    points, weight = np.polynomial.hermite_e.hermegauss(41)
    gap = theta[:, None] - theta[None, :]
    lean = np.sqrt(2.0) * taste * points
    chance = (weight / weight.sum() / (1.0 + np.exp(-gap[:, :, None] - lean))).sum(axis=2)
    return solve_strengths(PairPoints.of(chance * (1.0 - np.eye(len(theta))))).theta
