"""Category boards: pooled, separate, and the overall board in their place (Q8).

python -m tests.bench.rating.pooling [--seed N] [--boards N]
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.rating.categories import fit_categories
from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import counts_from, games_between, names
from tests.bench.rating.timing import show

MODELS, CATEGORIES, VOTES, DEVIATION = 50, 20, 60_000, 43.0 / STANDARD_SCALE.per_nat


def draw(rng, ties, skew):
    """True strengths per category, and votes of Zipf-like category sizes."""
    overall = rng.normal(0.0, 0.7, MODELS)
    share = 1.0 / np.arange(1, CATEGORIES + 1)
    sizes = rng.multinomial(VOTES, share / share.sum())
    weight = rng.permutation(np.arange(1, MODELS + 1) ** -float(skew))
    truth = [overall + rng.normal(0.0, DEVIATION, MODELS) for _ in sizes]
    return truth, {
        f"{i:02d}": counts_from(theta, games_between(MODELS, size, rng, weight), rng, ties)
        for i, (theta, size) in enumerate(zip(truth, sizes, strict=True))
    }


def miss(theta, truth):
    """Differences of level apart, in points."""
    return STANDARD_SCALE.per_nat * (theta - np.nanmean(theta) - truth + truth.mean())


def board(rng, ties, skew):
    """Errors [category, method] and coverage of one draw."""
    truth, parts = draw(rng, ties, skew)
    fit, label = load_method("bradley_terry").fit, names(MODELS)
    overall = fit(sum(parts.values(), PairCounts.empty(MODELS)), models=label).theta
    pooled = fit_categories(parts, models=label)
    errors, hits = [], []
    for real, (name, part) in zip(truth, parts.items(), strict=True):
        separate = fit(part, models=label).theta
        columns = (separate, pooled[name].theta, overall)
        errors.append([np.sqrt(np.nanmean(miss(theta, real) ** 2)) for theta in columns])
        error = STANDARD_SCALE.per_nat * np.sqrt(np.diagonal(pooled[name].covariance))
        hits.append(np.abs(miss(pooled[name].theta, real)) < 1.96 * error)
    return np.array(errors), np.mean(hits), pooled["00"].details["tau"]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=4)
    parser.add_argument("--ties", type=float, default=0.45, help="share of ties between equals")
    parser.add_argument("--skew", type=float, default=1.0, help="1: models meet by Zipf's law")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    found = [board(rng, options.ties, options.skew) for _ in range(options.boards)]
    errors = np.mean([errors for errors, _, _ in found], axis=0)
    separate, pooled, overall = errors.mean(axis=0)
    show("Q8  mean RMSE, points: separate", f"{separate:.1f}")
    show("    pooled", f"{pooled:.1f}, {pooled / separate:.3f} of separate", "<= 0.65")
    show("    overall board", f"{overall:.1f}")
    show("    coverage of pooled intervals", f"{100 * np.mean([hit for _, hit, _ in found]):.1f}%")
    show("    estimated deviation", f"{np.mean([tau for *_, tau in found]):.1f}", "true 43")


if __name__ == "__main__":
    main()
