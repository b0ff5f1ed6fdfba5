"""How many votes until the intervals are narrow? (Q9)

    python -m tests.bench.rating.sampling [--seed N] [--boards N]

50 models. Votes are drawn by a plan that is remade from the ratings every 50 to 250 votes, until
the mean 95% interval is 40 points wide: on settled boards that of all models, with five newcomers
theirs. `chatbot-arena` draws a pair by how much one more vote on it shrinks its own interval:
P(a) ~ sqrt(S_aa / n_a) - sqrt(S_aa / (n_a + 1)), S the variance of the votes over their
probabilities, summed over all rounds (arXiv 2403.04132, section 5). `-joined` counts a pair's
rounds from when it could first be drawn, `-binomial` takes the variance of the pair's own votes:
both are stronger forms of the rule. Every rule keeps a floor of 10% uniform.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.matchmaking import PairProbabilities, plan_pairs
from arena.rating.board import connect_models
from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE
from arena.rating.intervals import Z95
from arena.rating.strengths import rate_connected
from arena.rating.vote_sums import sum_votes
from tests.arena.rating.synthetic import counts_from, names
from tests.bench.rating.limit import fewer_than_uniform
from tests.bench.rating.timing import show

MODELS, WIDTH, FLOOR = 50, 40.0, 0.1
PEERS = ("chatbot-arena", "chatbot-arena-joined", "chatbot-arena-binomial")
RULES = ("uniform", *PEERS, "fewest_votes", "a_optimal")


def rated(counts):
    """Strengths and covariance about the mean of all models, nan for the unrated."""
    base = connect_models(counts, names(MODELS), STANDARD_SCALE)
    theta, spread = np.full(MODELS, np.nan), np.full((MODELS, MODELS), np.nan)
    if not base.empty:
        found, _ = rate_connected(sum_votes(counts, base), base)
        theta[found.inside] = found.theta
        spread[np.ix_(found.inside, found.inside)] = found.covariance
    return theta, spread


class Weighted:
    """Sums of a pair's votes over their probabilities: what the paper's variance is made of.

    Every pair starts with one imaginary tie in a uniform round, so that a new one has a variance.
    """

    def __init__(self, pairs, joined):
        self.pairs, self.share, self.joined = pairs, 1.0 / len(pairs), joined
        self.rounds = np.full(len(pairs), float(len(pairs)))
        self.sum = np.full(len(pairs), 0.5 / self.share)
        self.square = np.full(len(pairs), 0.25 / self.share**2)

    def add(self, counts, probability):
        """Votes drawn with these probabilities."""
        i, j = self.pairs.T
        won, level = counts.beat[j, i], counts.tied[i, j]
        drawable = np.where(probability > 0, probability, 1.0)
        self.rounds += np.where((probability > 0) | (not self.joined), counts.total, 0)
        self.sum += (won + 0.5 * level) / drawable
        self.square += (won + 0.25 * level) / drawable**2

    def variance(self):
        return self.square / self.rounds - (self.sum / self.rounds) ** 2


def binomial(counts, pairs):
    """Variance of the votes of each pair, as of coin throws."""
    met = counts.met[pairs[:, 0], pairs[:, 1]] + 1.0
    chance = (counts.beat + 0.5 * counts.tied)[pairs[:, 0], pairs[:, 1]] / met
    return np.maximum(chance * (1 - chance), 0.05)


def chatbot_arena(variance, counts, pairs):
    """Shrinkage of a pair's own interval by one more vote, plus the floor."""
    met = counts.met[pairs[:, 0], pairs[:, 1]] + 1.0
    share = np.sqrt(variance / met) - np.sqrt(variance / (met + 1.0))
    even = np.full(len(pairs), 1 / len(pairs))
    return PairProbabilities.of(
        "chatbot-arena", pairs, FLOOR * even + (1 - FLOOR) * share / share.sum()
    )


def plan_of(strategy, theta, spread, counts, seed, weighted):
    if strategy == "chatbot-arena-binomial":
        return chatbot_arena(binomial(counts, weighted.pairs), counts, weighted.pairs)
    if strategy.startswith("chatbot-arena"):
        return chatbot_arena(weighted.variance(), counts, weighted.pairs)
    return plan_pairs(
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
    weighted, spent = history(counts, joined=strategy.endswith("joined")), 0
    while True:
        theta, spread = rated(counts)
        variance = np.diagonal(spread)[watched]
        width = 2 * Z95 * STANDARD_SCALE.per_nat * np.sqrt(variance)
        if np.isfinite(width).all() and width.mean() <= WIDTH:
            miss = (theta - theta.mean() - truth + truth.mean())[watched]
            return spent, np.mean(np.abs(miss) < Z95 * np.sqrt(variance))
        plan = plan_of(strategy, theta, spread, counts, spent, weighted)
        fresh = cast(plan, batch, truth, rng)
        chance = np.zeros((MODELS, MODELS))
        chance[plan.pairs[:, 0], plan.pairs[:, 1]] = plan.probability
        weighted.add(fresh, chance[weighted.pairs[:, 0], weighted.pairs[:, 1]])
        counts, spent = counts + fresh, spent + batch


def history(counts, joined):
    """The votes so far, drawn uniformly among the pairs that have met."""
    pairs = np.column_stack(np.triu_indices(MODELS, 1))
    weighted, met = Weighted(pairs, joined), counts.met[pairs[:, 0], pairs[:, 1]] > 0
    weighted.add(counts, met / max(met.sum(), 1))
    return weighted


def spent_on(spread, newcomers, batch, boards, seed):
    """Per rule and board: votes until the watched intervals are narrow, share that covers."""
    spent: dict[str, list] = {strategy: [] for strategy in RULES}
    for board in range(boards):
        rng = np.random.default_rng([seed, board])
        truth = rng.normal(0.0, spread, MODELS)
        counts, watched = PairCounts.empty(MODELS), np.ones(MODELS, dtype=bool)
        if newcomers:
            watched[:-newcomers] = False
            counts = settled(truth, newcomers, rng)
        for strategy in RULES:
            spent[strategy].append(run(strategy, truth, counts, watched, batch, [seed, board]))
    return spent


def scenario(name, spread, newcomers, batch, boards, seed):
    targets = {"settled, sd 122": ">= 1.08x", "settled, sd 244": ">= 1.30x"}
    spent = spent_on(spread, newcomers, batch, boards, seed)
    for strategy, found in spent.items():
        votes, cover = np.mean([v for v, _ in found]), np.mean([c for _, c in found])
        ratio = np.mean([v for v, _ in spent["uniform"]]) / votes
        text = f"{votes:,.0f} votes, {ratio:.2f}x fewer, covers {100 * cover:.0f}%"
        target = targets.get(name, ">= 6x") if strategy == "a_optimal" else ""
        show(f"  {name}: {strategy}", text, target)
    ours = np.mean([votes for votes, _ in spent["a_optimal"]])
    if not newcomers:
        seeds = ([seed, board] for board in range(boards))
        truths = (np.random.default_rng(one).normal(0.0, spread, MODELS) for one in seeds)
        limit = np.mean([fewer_than_uniform(truth) for truth in truths])
        reached = np.mean([v for v, _ in spent["uniform"]]) / ours / limit
        text = f"{limit:.2f}x fewer, ours {100 * reached:.0f}% of it"
        show(f"  {name}: optimal design, from the truth", text, ">= 97%")
    for peer in PEERS:
        ratio = np.mean([votes for votes, _ in spent[peer]]) / ours
        target = ">= 2.2x" if newcomers and peer == PEERS[0] else ""
        show(f"  {name}: a_optimal against {peer}", f"{ratio:.2f}x fewer", target)


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
    print(f"Q9  votes until the mean interval is {WIDTH:.0f} points wide, {options.boards} boards")
    cases = [("5 newcomers", 0.7, 5, 50)]
    if not options.newcomers:
        cases = [("settled, sd 122", 0.7, 0, 250), ("settled, sd 244", 1.4, 0, 250), *cases]
    for name, spread, new, batch in cases:
        scenario(name, spread, new, batch, options.boards, options.seed)


if __name__ == "__main__":
    main()
