"""How often does a board state a false order? (Q7)

    python -m tests.bench.rating.ranks [--seed N] [--boards N] [--young N]

Groups of exactly equal models: any confirmed order within a group is false. The usual rule
(arena-rank, FastChat) reads an order from intervals that do not overlap. Young boards show what
score tests of models with few upsets change, beside the version before.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.rating.comparisons import PairCounts
from arena.rating.intervals import Z95
from arena.rating.methods import load_method
from arena.rating.ranking import BOARD_LEVEL, confirmed_order
from tests.arena.rating.synthetic import counts_from, games_between, names
from tests.bench.rating.timing import show

FIT = load_method("bradley_terry").fit


def overlap(theta, covariance):
    """The usual rule: the lower end of one lies above the upper end of the other."""
    half = Z95 * np.sqrt(np.diagonal(covariance))
    return (theta - half)[:, None] > (theta + half)[None, :]


def single_step(theta, covariance, draws=1024):
    """One max-t limit for all pairs, without stepping down."""
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(theta)))
    noise = root @ np.random.default_rng(0).standard_normal((len(theta), draws))
    own = np.diagonal(covariance)
    error = np.sqrt(own[:, None] + own[None, :] - 2 * covariance + np.eye(len(theta)))
    largest = np.zeros(draws)
    for i in range(len(theta)):
        largest = np.maximum(largest, (np.abs(noise - noise[i]) / error[i][:, None]).max(axis=0))
    return (theta[:, None] - theta[None, :]) / error > np.quantile(largest, 1.0 - BOARD_LEVEL)


def study(models, groups, gap, votes, boards, seed):
    rng = np.random.default_rng([seed, models])
    level = np.repeat(-gap * np.arange(groups), models // groups)
    apart = level[:, None] > level[None, :]
    rules: dict[str, list] = {
        "step-down max-t (ours)": [],
        "single-step max-t": [],
        "overlap (usual rule)": [],
    }
    inside = []
    for _ in range(boards):
        counts: PairCounts = counts_from(level, games_between(models, votes, rng), rng)
        fit = FIT(counts, models=names(models))
        order = confirmed_order(fit.theta, fit.covariance, seed=int(rng.integers(1 << 30)))
        rules["step-down max-t (ours)"].append(order.above)
        rules["single-step max-t"].append(single_step(fit.theta, fit.covariance))
        rules["overlap (usual rule)"].append(overlap(fit.theta, fit.covariance))
        best, worst = 1 + apart.sum(axis=0), models - apart.sum(axis=1)
        inside.append((order.best <= best) & (order.worst >= worst))
    for rule, found in rules.items():
        false = np.mean([(above & ~apart).any() for above in found])
        power = np.mean([above[apart].mean() for above in found])
        text = f"{100 * false:.1f}% false, power {100 * power:.1f}%"
        show(
            f"  {models} models, {votes} votes, {rule}",
            text,
            "<= 5% false" if "ours" in rule else "",
        )
    show(f"  {models} models: rank interval holds all true ranks", f"{100 * np.mean(inside):.1f}%")


def study_young(level, votes, ties, boards, seed):
    """Boards of few votes: those judged by score tests beside those of version 2."""
    rng = np.random.default_rng([seed, len(level), votes])
    apart = level[:, None] > level[None, :]
    found: dict[int, list] = {2: [], 3: []}
    for _ in range(boards):
        counts = counts_from(level, games_between(len(level), votes, rng), rng, ties)
        for version, orders in found.items():
            orders.append(FIT(counts, models=names(len(level)), version=version).above)
    for version, orders in found.items():
        false = np.mean([(above & ~apart).any() for above in orders])
        power = np.mean([above[apart].sum() for above in orders]) / max(1, apart.sum())
        text = f"{100 * false:.1f}% false, power {100 * power:.1f}%"
        spread = f"{len(level)} models {np.ptp(level):.0f} nats apart, {votes} votes"
        share = f"{100 * ties:.0f}% ties among equals, version {version}: "
        show(f"  {spread}, {share}", text, "<= 5% false" if version == 3 else "")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--young", type=int, default=500, help="boards of each kind of few votes")
    options = parser.parse_args(arguments)
    print(f"Q7  boards with at least one false statement, {options.boards} boards each")
    study(20, 4, 0.21, 10_000, options.boards, options.seed)
    study(60, 6, 0.16, 60_000, options.boards, options.seed)
    for models, votes in ((3, 10), (3, 20), (7, 60), (12, 100), (16, 200)):
        study_young(np.zeros(models), votes, 0.0, options.young, options.seed)
    for ties in (0.0, 0.45):
        study_young(np.array([3.0, 0, 0, 0, 0, 0, 0]), 60, ties, options.young, options.seed)
        study_young(np.array([2.0, 2, 2, 0, 0, 0, 0]), 60, ties, options.young, options.seed)


if __name__ == "__main__":
    main()
