"""Do nominal 95% intervals hold the truth 95% of the time? (Q2 to Q5)

    python -m tests.bench.rating.coverage [--seed N] [--boards N]

Beside the engine stand what others print: unpenalised ratings with the plain sandwich
(arena-rank's formula, without its extra diagonal) on the boards where they exist at all.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE
from arena.rating.intervals import Z95, contrast, sandwich
from arena.rating.methods import load_method
from arena.rating.newton import PairPoints, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between, names
from tests.bench.rating import peers
from tests.bench.rating.scenarios import SCENARIOS, clustered
from tests.bench.rating.timing import show

TARGETS = {
    "sparse200": "94 to 99%, all finite",
    "champion": "94 to 99%, all finite, itself >= 90%",
}
FIT = load_method("bradley_terry").fit


def engine(votes, truth):
    """Which intervals hold the truth, and whether all are finite.

    The level is a convention: the truth takes it from the same weighted mean of models.
    """
    label = names(len(truth))
    fit = FIT(votes, models=label)
    rows = {row.model: row for row in fit.rows}
    sides = np.array([[rows[m].rating_lower, rows[m].rating_upper] for m in label])
    real = STANDARD_SCALE.centre + STANDARD_SCALE.per_nat * (truth - fit.zero @ truth)
    return (sides[:, 0] <= real) & (real <= sides[:, 1]), bool(np.isfinite(sides).all())


def plain(counts, truth):
    """Unpenalised ratings with HC0 about the mean of all; None where no optimum exists."""
    try:
        optimum = solve_strengths(PairPoints.of(counts.beat + 0.5 * counts.tied))
    except ValueError:
        return None
    even = np.full(len(truth), 1 / len(truth))
    own = np.diagonal(contrast(sandwich(optimum, counts.table, leverage=False), even))
    return np.abs(optimum.theta - truth + truth.mean()) < Z95 * np.sqrt(own)


def regular(seed, boards):
    for name, scenario in SCENARIOS.items():
        rng = np.random.default_rng([seed, *name.encode()])
        drawn = [scenario(rng) for _ in range(boards)]
        found = [engine(board.counts, board.truth) for board in drawn]
        hits = np.array([hit for hit, _ in found])
        text = f"{100 * hits.mean():.1f}%, finite {100 * np.mean([f for _, f in found]):.0f}%"
        if name == "champion":
            text += f", itself {100 * hits[:, drawn[0].special].mean():.0f}%"
        show(f"  {name}", text, TARGETS.get(name, "94 to 97%"))
        other = [plain(board.counts, board.truth) for board in drawn]
        kept = [hit for hit in other if hit is not None]
        share = f"{100 * np.mean(kept):.1f}%" if kept else "-"
        show(
            "    where finite: unpenalised, plain sandwich",
            f"{share}, finite {100 * len(kept) / boards:.0f}%",
        )


def voters(seed, boards):
    rng = np.random.default_rng([seed, 5])
    drawn = [clustered(rng) for _ in range(boards)]
    for label, cut, target in (
        ("by voter (CR3, t)", False, ">= 94%"),
        ("votes as independent", True, "80.4% in the field"),
    ):
        hits = []
        for board in drawn:
            rows = replace(board.rows, voter=None) if cut else board.rows
            hits.append(engine(rows, board.truth)[0])
        show(f"  clustered voters, {label}", f"{100 * np.mean(hits):.1f}%", target)


def perfect(seed, boards):
    """A model that won all of its forty votes, by force."""
    rng = np.random.default_rng([seed, 3])
    itself, others = [], []
    for _ in range(boards):
        board = SCENARIOS["champion"](rng)
        table = board.counts.table.copy()
        last = board.special
        table[last, :, 0] += table[last, :, 1:].sum(axis=1)
        table[:, last, 1] += table[:, last, [0, 2, 3]].sum(axis=1)
        table[last, :, 1:] = table[:, last, [0, 2, 3]] = 0
        hit = engine(PairCounts(table), board.truth)[0]
        itself.append(hit[last])
        others.append(np.delete(hit, last))
    text = f"itself {100 * np.mean(itself):.0f}%, others {100 * np.mean(others):.1f}%"
    show("  Q3 perfect 40-0 record", text, "itself >= 90%, others >= 94%")


def newcomer_on_a_large_board(seed):
    """Q4: the newcomer's half-width against the exact sandwich, beside arena-rank's."""
    rng = np.random.default_rng([seed, 4])
    models = 100
    theta = rng.normal(0.0, 0.7, models)
    games = np.zeros((models, models), dtype=np.int64)
    games[:-1, :-1] = games_between(models - 1, 10_000_000, rng)
    games[-1, :-1] = rng.multinomial(100, np.full(models - 1, 1 / (models - 1)))
    counts = counts_from(theta, games, rng)
    own = FIT(counts, models=names(models)).covariance[-1, -1]
    optimum = solve_strengths(PairPoints.of(counts.beat + 0.5 * counts.tied))
    even = np.full(models, 1 / models)
    robust = contrast(sandwich(optimum, counts.table, leverage=False), even)
    ratio = np.sqrt(own / robust[-1, -1])
    show("  Q4 newcomer, 100 of 10M votes: width / exact", f"{ratio:.3f}", "within 5%")
    if peers.importable("arena_rank", "jax"):
        _, lower, upper = peers.arena_rank_counts(counts)
        exact = 2 * Z95 * STANDARD_SCALE.per_nat * np.sqrt(robust[-1, -1])
        show("    arena-rank", f"{(upper - lower)[-1] / exact:.3f}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=500)
    parser.add_argument("--small", action="store_true", help="without the board of 10M votes")
    options = parser.parse_args(arguments)
    print(f"Q2  coverage of nominal 95% intervals, {options.boards} boards each")
    regular(options.seed, options.boards)
    perfect(options.seed, options.boards)
    if not options.small:
        newcomer_on_a_large_board(options.seed)
    print("Q5")
    voters(options.seed, max(options.boards // 2, 1))


if __name__ == "__main__":
    main()
