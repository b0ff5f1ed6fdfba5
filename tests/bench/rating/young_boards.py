"""Are the intervals of young boards honest: never of width zero, and as sure as they say?

    python -m tests.bench.rating.young_boards [--seed N] [--boards N]

Boards of 3 to 12 models and 2 to 60 votes between random pairs, every method. The truth takes its
level from the same weighted mean of models as the board.
"""

from __future__ import annotations

import argparse

import numpy as np

from arena.rating.fit import STANDARD_SCALE
from arena.rating.methods import available_methods, load_method
from tests.arena.rating.synthetic import counts_from, games_between, names, rows_of
from tests.bench.rating.timing import show


def boards(seed, number):
    """Yield true strengths and votes."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        models = int(rng.integers(3, 13))
        truth = rng.normal(0.0, 0.6, models)
        games = games_between(models, int(rng.integers(2, 61)), rng)
        yield truth, counts_from(truth, games, rng)


def judged(method, truth, counts):
    """Width of each rated model's interval in points, and whether the truth lies in it."""
    label = names(len(truth))
    fit = load_method(method).fit(rows_of(counts), models=label)
    rows = {row.model: row for row in fit.rows if row.state == "rated"}
    points = STANDARD_SCALE.centre + STANDARD_SCALE.per_nat * (truth - fit.zero @ truth)
    real = dict(zip(label, points.tolist(), strict=True))
    widths = [row.rating_upper - row.rating_lower for row in rows.values()]
    inside = [row.rating_lower <= real[name] <= row.rating_upper for name, row in rows.items()]
    return widths, inside


def main(argv=None):
    """Print a row for each method; return 1 where an interval has no width."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=500)
    options = parser.parse_args(argv)
    certain = 0
    for method in available_methods():
        widths, inside = [], []
        for truth, counts in boards(options.seed, options.boards):
            for kept, found in zip((widths, inside), judged(method, truth, counts), strict=True):
                kept.extend(found)
        certain += sum(width < 1e-6 for width in widths)
        text = (
            f"{len(widths)} intervals, narrowest {min(widths):.0f} points,"
            f" median {np.median(widths):.0f}, coverage {100 * np.mean(inside):.1f}%"
        )
        show(f"  {method}", text, "none of width zero; 94 to 99%")
    return int(certain > 0)


if __name__ == "__main__":
    raise SystemExit(main())
