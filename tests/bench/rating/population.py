"""Does a board that is weighted to a population tell the truth about it? (Q10)

    python -m tests.bench.rating.population [--seed N] [--boards N]

Four groups prefer different models, and those who vote are not those who are meant: the first
group casts half of the votes and is a tenth of the population. Voters have a taste of their own
beside that of their group. The truth is what endless votes of the whole population, on the same
pairs, would be fitted to. Beside the weighted board stands the plain one of the same votes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np

from arena.rating.comparisons import Comparisons, VoteOutcome
from arena.rating.fit import STANDARD_SCALE
from arena.rating.methods import load_method
from arena.rating.newton import PairPoints, solve_strengths
from arena.rating.poststratification import population_weights
from tests.arena.rating.synthetic import names
from tests.bench.rating.timing import show

MODELS, VOTERS, VOTES = 12, 400, 4000
SHARES = (0.1, 0.3, 0.4, 0.2)
"""The groups' shares of the population."""
TURNOUT = (0.5, 0.3, 0.15, 0.05)
"""The groups' shares of those who vote."""
TASTE, OWN, TIES = 0.5, 0.3, 0.2
"""Spread of the groups' and of the voters' tastes in natural-log odds, and the share of ties."""
FIT = load_method("bradley_terry").fit
_PLACES, _WEIGHTS = np.polynomial.hermite.hermgauss(20)
QUADRATURE = (_PLACES, _WEIGHTS / _WEIGHTS.sum())
"""Gauss and Hermite's places, at which a mean over a normal variable is a sum."""
DRAWS = 20
"""Boards of one electorate, by which a bias is told from noise."""


@dataclass(frozen=True)
class Electorate:
    """Strengths by group [4, M], and what the votes of the whole population are fitted to [M]."""

    strengths: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Sample:
    """Votes with the group of each."""

    votes: Comparisons
    group: np.ndarray


def electorate(rng):
    """Draw the groups' tastes; the truth is a fit to the mean of their expectations."""
    common = rng.normal(0.0, 0.6, MODELS)
    strengths = common + rng.normal(0.0, TASTE, (len(SHARES), MODELS))
    points = np.zeros((MODELS, MODELS))
    for share, strength in zip(SHARES, strengths, strict=True):
        lead = strength[:, None] - strength[None, :]
        for place, weight in zip(*QUADRATURE, strict=True):
            # Two tastes of one voter differ by sqrt(2) times the spread of each.
            points += share * weight / (1.0 + np.exp(-lead - 2.0 * OWN * place))
    np.fill_diagonal(points, 0.0)
    return Electorate(strengths, solve_strengths(PairPoints.of(1000.0 * points)).theta)


def sample(people, rng, *, voters=VOTERS, votes=VOTES):
    """Draw voters by turnout, with busy and lazy ones among them, and votes on even pairs."""
    of_group = rng.choice(len(TURNOUT), size=voters, p=TURNOUT)
    taste = people.strengths[of_group] + rng.normal(0.0, OWN, (voters, MODELS))
    busy = rng.gamma(2.0, size=voters)
    voter = rng.choice(voters, size=votes, p=busy / busy.sum())
    a = rng.integers(0, MODELS, votes)
    b = (a + rng.integers(1, MODELS, votes)) % MODELS
    chance = 1.0 / (1.0 + np.exp(taste[voter, b] - taste[voter, a]))
    level = rng.random(votes) < TIES * 4.0 * chance * (1.0 - chance)
    # A tie takes as much from either side's wins, so that the expectation stays the chance.
    win = rng.random(votes) < np.where(level, 0.0, _decided(chance))
    outcome = np.where(level, VoteOutcome.TIE, np.where(win, VoteOutcome.A, VoteOutcome.B))
    return Sample(Comparisons(a, b, outcome.astype(np.int8), voter=voter), of_group[voter])


def _decided(chance):
    """Return P(a wins) among decided votes, such that points are expected to be `chance`."""
    level = TIES * 4.0 * chance * (1.0 - chance)
    return (chance - 0.5 * level) / (1.0 - level)


def judged(votes, truth):
    """Return which intervals hold the truth, by how much each rating misses it, and the width."""
    label = names(MODELS)
    fit = FIT(votes, models=label)
    rows = {row.model: row for row in fit.rows}
    numbers = [rows[m] for m in label]
    real = STANDARD_SCALE.centre + STANDARD_SCALE.per_nat * (truth - fit.zero @ truth)
    lower = np.array([row.rating_lower for row in numbers])
    upper = np.array([row.rating_upper for row in numbers])
    miss = np.array([row.rating for row in numbers]) - real
    return (lower <= real) & (real <= upper), miss, upper - lower


def compare(seed, boards):
    """Fit both boards on many draws, of which twenty have the same electorate."""
    found = {"weighted": [], "plain": []}
    effective = []
    for board in range(boards):
        people = electorate(np.random.default_rng([seed, 10, board // DRAWS]))
        drawn = sample(people, np.random.default_rng([seed, 11, board]))
        weights = population_weights(drawn.group, SHARES)
        effective.append(weights.effective)
        weighted = replace(drawn.votes, weight=weights.weights)
        found["weighted"].append(judged(weighted, people.truth))
        found["plain"].append(judged(drawn.votes, people.truth))
    return found, float(np.mean(effective))


def bias_of(results):
    """Return the mean size of a model's miss over the draws of one electorate, in points."""
    misses = np.array([miss for _, miss, _ in results])
    whole = max(len(misses) // DRAWS, 1)
    parts = np.array_split(misses, whole)
    return float(np.mean([np.abs(part.mean(axis=0)).mean() for part in parts]))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=400)
    options = parser.parse_args(arguments)
    print(f"Q10 {options.boards} boards of {MODELS} models, {VOTES} votes, {VOTERS} voters each")
    found, effective = compare(options.seed, options.boards)
    for name, results in found.items():
        covered = 100 * np.mean([hit for hit, _, _ in results])
        width = np.mean([span for _, _, span in results])
        bias = bias_of(results)
        target = "94 to 97%" if name == "weighted" else ""
        text = f"{covered:.1f}%, bias {bias:.1f} points, mean width {width:.1f}"
        show(f"  {name}: truth inside the interval", text, target)
    show("  effective votes (Kish)", f"{effective:,.0f} of {VOTES:,}")


if __name__ == "__main__":
    main()
