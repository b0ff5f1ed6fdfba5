"""Is verbosity found, and its advantage removed? (Q6)

    python -m tests.bench.rating.style [--seed N] [--boards N]

30 models with verbosity of their own (sd 0.8), effects 0.35, 0.10, 0.05 and 0 per typical
difference of style, 60,000 votes a board.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.rating.fit import STANDARD_SCALE
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import names, styled_rows
from tests.bench.rating import peers
from tests.bench.rating.timing import show

MODELS, VOTES, EFFECTS = 30, 60_000, (0.35, 0.10, 0.05, 0.0)


def board(method, rows, theta):
    """Root mean square error in points, and which intervals hold the truth."""
    fit = load_method(method).fit(rows, models=names(MODELS))
    miss = fit.theta - (theta - theta.mean())
    error = np.sqrt(np.diagonal(fit.covariance))
    return (
        STANDARD_SCALE.per_nat * np.sqrt((miss**2).mean()),
        np.abs(miss) < 1.96 * error,
        fit.details,
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=40)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    errors: dict[str, list] = {"bradley_terry": [], "style_controlled": []}
    hits, ratios, theirs = [], [], []
    for i in range(options.boards):
        theta = rng.normal(0.0, 0.7, MODELS)
        rows = styled_rows(theta, EFFECTS, VOTES, rng)
        errors["bradley_terry"].append(board("bradley_terry", rows, theta)[0])
        error, hit, details = board("style_controlled", rows, theta)
        errors["style_controlled"].append(error)
        hits.append(hit)
        found = details["style"]["token_length"]["coefficient"] / STANDARD_SCALE.per_nat
        ratios.append(found / EFFECTS[0])
        if i < 2 and peers.importable("arena_rank"):
            theirs.append(peers.arena_rank_style(rows, MODELS, reg=1.0)[1][0] / EFFECTS[0])
    print(f"Q6  style control, {options.boards} boards")
    for name, values in errors.items():
        show(f"  RMSE, points: {name}", f"{np.mean(values):.1f}", "<= 7" if "style" in name else "")
    show("  length coefficient / truth", f"{np.mean(ratios):.3f}", "within 3%")
    show("  coverage", f"{100 * np.mean(hits):.1f}%", ">= 94%")
    if theirs:
        show("  arena-rank, its default ridge: coefficient / truth", f"{np.mean(theirs):.3f}")


if __name__ == "__main__":
    main()
