"""How many votes until the intervals are narrow? (Q9)

    python -m tests.bench.rating.sampling [--seed N] [--boards N]

50 models. Votes are drawn by a plan that is remade from the ratings every few hundred votes,
until the mean 95% interval is 40 points wide: on settled boards that of all models, with five
newcomers theirs. `chatbot-arena` draws a pair by how much one more vote on it shrinks its own
interval (after arXiv 2403.04132, with the variance of the pair's votes), with our floor of 10%.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.matchmaking import DrawPlan, draw_plan
from arena.rating.board import ground
from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD
from arena.rating.intervals import Z95
from arena.rating.methods.bradley_terry import evidence_of, rate
from tests.arena.rating.synthetic import counts_from, names
from tests.bench.rating.timing import show

MODELS, WIDTH, FLOOR = 50, 40.0, 0.1


def rated(counts):
    """Strengths and covariance about the mean of all models, nan for the unrated."""
    base = ground(counts, names(MODELS), STANDARD)
    theta, spread = np.full(MODELS, np.nan), np.full((MODELS, MODELS), np.nan)
    if not base.empty:
        found, _ = rate(evidence_of(counts, base), base)
        theta[found.inside] = found.theta
        spread[np.ix_(found.inside, found.inside)] = found.covariance
    return theta, spread


def chatbot_arena(theta, spread, counts):
    """Shrinkage of a pair's own interval by one more vote, plus the floor."""
    pairs = np.column_stack(np.triu_indices(MODELS, 1))
    met = counts.met[pairs[:, 0], pairs[:, 1]] + 1.0
    chance = (counts.beat + 0.5 * counts.drawn)[pairs[:, 0], pairs[:, 1]] / met
    own = np.maximum(chance * (1 - chance), 0.05)
    share = np.sqrt(own / met) - np.sqrt(own / (met + 1.0))
    even = np.full(len(pairs), 1 / len(pairs))
    return DrawPlan.of("chatbot-arena", pairs, FLOOR * even + (1 - FLOOR) * share / share.sum())


def plan_of(strategy, theta, spread, counts, seed):
    if strategy == "chatbot-arena":
        return chatbot_arena(theta, spread, counts)
    return draw_plan(
        theta=theta,
        covariance=spread,
        votes=counts.votes,
        strategy=strategy,
        floor=FLOOR,
        seed=seed,
    )


def cast(plan, votes, truth, rng):
    """Votes on pairs drawn from the plan, sides by coin."""
    drawn = rng.multinomial(votes, plan.probability)
    left = rng.binomial(drawn, 0.5)
    games = np.zeros((MODELS, MODELS), dtype=np.int64)
    games[plan.pairs[:, 0], plan.pairs[:, 1]] = left
    games[plan.pairs[:, 1], plan.pairs[:, 0]] = drawn - left
    return counts_from(truth, games, rng)


def run(strategy, truth, counts, watched, batch, seed):
    """Votes cast until the watched models' mean width is reached, and how many it covered."""
    rng = np.random.default_rng(seed)
    spent = 0
    while True:
        theta, spread = rated(counts)
        variance = np.diagonal(spread)[watched]
        width = 2 * Z95 * STANDARD.per_nat * np.sqrt(variance)
        if np.isfinite(width).all() and width.mean() <= WIDTH:
            miss = (theta - theta.mean() - truth + truth.mean())[watched]
            return spent, np.mean(np.abs(miss) < Z95 * np.sqrt(variance))
        counts = counts + cast(plan_of(strategy, theta, spread, counts, spent), batch, truth, rng)
        spent += batch


def scenario(name, spread, newcomers, batch, strategies, boards, seed):
    targets = {"settled, sd 122": ">= 1.08x", "settled, sd 244": ">= 1.30x"}
    spent: dict[str, list] = {strategy: [] for strategy in strategies}
    for board in range(boards):
        rng = np.random.default_rng([seed, board])
        truth = rng.normal(0.0, spread, MODELS)
        counts, watched = PairCounts.empty(MODELS), np.ones(MODELS, dtype=bool)
        if newcomers:
            watched[:-newcomers] = False
            counts = settled(truth, newcomers, rng)
        for strategy in strategies:
            spent[strategy].append(run(strategy, truth, counts, watched, batch, [seed, board]))
    for strategy, found in spent.items():
        votes, cover = np.mean([v for v, _ in found]), np.mean([c for _, c in found])
        ratio = np.mean([v for v, _ in spent["uniform"]]) / votes
        text = f"{votes:,.0f} votes, {ratio:.2f}x fewer, covers {100 * cover:.0f}%"
        target = targets.get(name, ">= 6x") if strategy == "a_optimal" else ""
        show(f"  {name}: {strategy}", text, target)


def settled(truth, newcomers, rng):
    """A long uniform history of everybody but the newcomers."""
    games = np.zeros((MODELS, MODELS), dtype=np.int64)
    old = MODELS - newcomers
    games[:old, :old] = 25 * (1 - np.eye(old, dtype=np.int64))
    return counts_from(truth, games, rng)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=4)
    parser.add_argument("--newcomers", action="store_true", help="that scenario alone")
    options = parser.parse_args(arguments)
    all_four = ("uniform", "chatbot-arena", "fewest_votes", "a_optimal")
    print(f"Q9  votes until the mean interval is {WIDTH:.0f} points wide, {options.boards} boards")
    cases = [("5 newcomers", 0.7, 5, 100)]
    if not options.newcomers:
        cases = [("settled, sd 122", 0.7, 0, 250), ("settled, sd 244", 1.4, 0, 250), *cases]
    for name, spread, new, batch in cases:
        scenario(name, spread, new, batch, all_four, options.boards, options.seed)


if __name__ == "__main__":
    main()
