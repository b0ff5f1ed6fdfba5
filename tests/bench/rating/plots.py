"""Draw the plots of docs/methodology.md from fresh studies.

python -m tests.bench.rating.plots [--seed N] [--boards N] [--out DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from arena.rating.comparisons import PairCounts
from arena.rating.fit import STANDARD_SCALE
from arena.rating.intervals import Z95, contrast, sandwich
from arena.rating.methods import load_method
from arena.rating.newton import PairPoints, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between, names
from tests.bench.rating import coverage, sampling
from tests.bench.rating.scenarios import SCENARIOS

FIT = load_method("bradley_terry").fit
# Readable on light and dark pages alike.
INK, FAINT, OURS, THEIRS = "#6b7280", "#9ca3af", "#2563eb", "#d97706"
LEFT, TOP, ROW, WIDTH = 150, 40, 30, 680


class Plot:
    """Rows of labelled marks on one horizontal scale, as SVG."""

    def __init__(self, title, low, high, ticks, unit=""):
        self._scale = (low, high)
        self._parts, self._rows = [], 0
        self._head = (title, ticks, unit)

    def x(self, value):
        low, high = self._scale
        kept = min(max(value, low), high)
        return LEFT + (kept - low) / (high - low) * (WIDTH - LEFT - 30)

    def row(self, label, marks=(), bars=()):
        """`marks`: (value, colour); `bars`: (from, to, colour)."""
        y = TOP + 20 + self._rows * ROW
        self._rows += 1
        self._text(LEFT - 10, y + 4, label, "end")
        self._line(self.x(self._scale[0]), y, self.x(self._scale[1]), y, FAINT, 0.5)
        shift = -4 if len(bars) > 1 else 0
        for low, high, colour in bars:
            self._line(self.x(low), y + shift, self.x(high), y + shift, colour, 3)
            shift = 4
        for value, colour in marks:
            self._parts.append(f'<circle cx="{self.x(value):.1f}" cy="{y}" r="5" fill="{colour}"/>')

    def _text(self, x, y, text, anchor="middle"):
        self._parts.append(
            f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
        )

    def _line(self, x1, y1, x2, y2, colour, width):
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1}" x2="{x2:.1f}" y2="{y2}" stroke="{colour}" '
            f'stroke-width="{width}"/>'
        )

    def save(self, path):
        title, ticks, unit = self._head
        bottom = TOP + self._rows * ROW + 10
        for tick in ticks:
            self._line(self.x(tick), TOP, self.x(tick), bottom, FAINT, 0.5)
            self._text(self.x(tick), bottom + 18, f"{tick:g}{unit}")
        self._text(LEFT, 20, title, "start")
        body = "\n".join(self._parts)
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 30}" '
            f'font-family="system-ui, sans-serif" font-size="13" role="img">\n'
            f"<title>{escape(title)}</title>\n{body}\n</svg>\n"
        )


def covered(seed, boards):
    """Share of nominal 95% intervals that hold the truth."""
    plot = Plot(
        "Intervals that hold the truth: ours (blue), plain (orange)", 40, 100, (40, 60, 80, 95), "%"
    )
    for name, scenario in SCENARIOS.items():
        rng = np.random.default_rng([seed, *name.encode()])
        drawn = [scenario(rng) for _ in range(boards)]
        ours = np.mean([coverage.engine(board.counts, board.truth)[0] for board in drawn])
        plain = [coverage.plain(board.counts, board.truth) for board in drawn]
        # A board without an optimum has no intervals, and none of them holds anything.
        theirs = np.sum([np.mean(hit) for hit in plain if hit is not None]) / boards
        plot.row(name, [(100 * theirs, THEIRS), (100 * ours, OURS)])
    return plot


def newcomer_record(seed, boards):
    """One more win at a time: the interval of a model that has never lost."""
    plot = Plot(
        "A model that won all its games: interval, ours (blue), plain (orange)",
        600,
        3600,
        (800, 1400, 2000, 2600, 3200),
    )
    rng = np.random.default_rng(seed)
    theta = rng.normal(0.0, 0.7, 11)
    theta -= theta[:10].mean()
    games = games_between(10, 4000, rng)
    settled = np.zeros((11, 11, 4), dtype=np.int64)
    settled[:10, :10] = counts_from(theta[:10], games, rng).table
    for wins in (1, 3, 10, 30, 100):
        table = settled.copy()
        table[10, :10, 0] = wins // 10
        table[10, : wins % 10, 0] += 1
        row = {row.model: row for row in FIT(PairCounts(table), models=names(11)).rows}["m010"]
        low, high = _plain_end(table)
        plot.row(
            f"{wins} : 0", (), ((row.rating_lower, row.rating_upper, OURS), (low, high, THEIRS))
        )
    return plot


def newcomers(seed, boards):
    """Votes that five newcomers among 45 settled models need, by rule of drawing pairs."""
    spent = sampling.spent_on(0.7, 5, 50, boards, seed)
    mean = {rule: np.mean([votes for votes, _ in found]) for rule, found in spent.items()}
    plot = Plot(
        "Votes until five newcomers' intervals are 40 points wide: ours blue",
        0,
        24_000,
        (0, 6000, 12_000, 18_000, 24_000),
    )
    labels = ("uniform", "published rule", "from arrival", "binomial", "fewest votes", "ours")
    for label, (rule, votes) in zip(labels, mean.items(), strict=True):
        plot.row(label, (), ((0, votes, OURS if rule == "a_optimal" else THEIRS),))
    return plot


def _plain_end(table):
    """Where an unpenalised search that stops at a small gradient ends, with its sandwich."""
    points = table[:, :, 0] + table[:, :, 1].T + 0.5 * (table[:, :, 2:].sum(axis=2))
    points = points + 0.5 * table[:, :, 2:].sum(axis=2).T
    points[:10, 10] += 1e-4  # stands for the tolerance of a search that has no end
    optimum = solve_strengths(PairPoints.of(points.astype(float)))
    level = np.append(np.full(10, 0.1), 0.0)
    own = contrast(sandwich(optimum, table, leverage=False), level)[10, 10]
    middle = optimum.theta[10] - optimum.theta[:10].mean()
    half = Z95 * np.sqrt(max(own, 0.0))
    ends = (
        STANDARD_SCALE.centre + STANDARD_SCALE.per_nat * (middle + shift) for shift in (-half, half)
    )
    return tuple(ends)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    covered(options.seed, options.boards).save(options.out / "rating-coverage.svg")
    newcomer_record(options.seed, options.boards).save(options.out / "rating-record.svg")
    few = min(options.boards, 4)
    newcomers(options.seed, few).save(options.out / "rating-newcomers.svg")


if __name__ == "__main__":
    main()
