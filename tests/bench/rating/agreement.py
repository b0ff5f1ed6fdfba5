"""How far from the exact optimum, and does anything depend on what must not matter? (Q1, Q10)

    python -m tests.bench.rating.agreement [--seed N] [--full]

The distance to the optimum is measured by a Newton step with extended precision from where a
solver stopped. `--full` adds ten million votes.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.rating.comparisons import Comparisons
from arena.rating.fit import STANDARD_SCALE, RatingScale
from arena.rating.methods import load_method
from arena.rating.newton import PairPoints, cholesky_factor, inverse_from, solve_strengths
from tests.arena.rating.synthetic import names, rows_of, shuffled, swapped
from tests.bench.rating import peers
from tests.bench.rating.speed import board_rows
from tests.bench.rating.timing import show

SIZES = ((20, 10_000), (50, 100_000), (100, 1_000_000))


def distance(tally, theta):
    """Largest distance to the optimum in points."""
    wide = (theta - theta.mean()).astype(np.longdouble)
    strength = np.exp(wide)
    chance = strength[:, None] / (strength[:, None] + strength[None, :])
    slope = (tally.points - tally.games * chance).sum(axis=1).astype(float)
    weight = tally.games * (chance * chance.T).astype(float)
    step = inverse_from(cholesky_factor(weight)) @ slope
    return STANDARD_SCALE.per_nat * np.abs(step - step.mean()).max()


def exactness(rng, sizes):
    for models, votes in sizes:
        counts = board_rows(models, votes, rng).counts(models)
        tally = PairPoints.of(counts.beat + 0.5 * counts.tied)
        solvers = {"own": solve_strengths(tally).theta}
        solvers["fastchat"] = (peers.fastchat(counts) - 1000.0) / STANDARD_SCALE.per_nat
        if peers.importable("arena_rank"):
            solvers["arena-rank"] = (
                peers.arena_rank_counts(counts)[0] - 1000.0
            ) / STANDARD_SCALE.per_nat
        if peers.importable("evalica") and votes <= 1_000_000:
            solvers["evalica"] = peers.evalica_rows(rows_of(counts))
        for name, theta in solvers.items():
            target = "<= 1e-6" if name == "own" else ""
            show(f"  {votes:,} x {models}: {name}", f"{distance(tally, theta):.1e} points", target)


def invariance(rng):
    rows = board_rows(30, 20_000, rng)
    fit, label = load_method("bradley_terry").fit, names(30)
    whole = fit(rows, models=label)
    mixed = fit(shuffled(rows, rng), models=label)
    show("  votes shuffled: identical bytes", str(mixed.rows == whole.rows), "True")
    sides = fit(swapped(rows.counts(30)), models=label)
    show("  sides swapped", f"{largest_move(whole, sides):.1e} points", "<= 1e-9")
    order = rng.permutation(30)
    place = np.argsort(order)
    renamed = Comparisons(place[rows.a], place[rows.b], rows.outcome)
    found = fit(renamed, models=[label[i] for i in order])
    show("  models relabelled", f"{largest_move(whole, found):.1e} points", "<= 1e-9")
    anchored = fit(rows, models=label, scale=RatingScale(400.0, 1114.0, "m007"))
    free, held = (
        {row.model: row.as_dict() for row in fitted.rows}["m007"] for fitted in (whole, anchored)
    )
    widths = [row["rating_upper"] - row["rating_lower"] for row in (free, held)]
    text = f"at {held['rating']:.1f}, interval {widths[1] / widths[0]:.6f} of that without"
    show("  anchor 1114", text, "1114, 1")


def largest_move(first, second):
    """Largest difference of any rating or end of an interval."""
    there = {row.model: row for row in second.rows}
    pairs = [(row.as_dict(), there[row.model].as_dict()) for row in first.rows]
    ends = ("rating", "rating_lower", "rating_upper")
    return max(abs(here[end] - other[end]) for here, other in pairs for end in ends)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    print("Q1  distance to the exact optimum")
    sizes = SIZES[:1] if options.quick else SIZES
    exactness(rng, sizes + ((300, 10_000_000),) * options.full)
    invariance(rng)


if __name__ == "__main__":
    main()
