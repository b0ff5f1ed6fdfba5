"""Speed and memory of the engine beside its peers, CPU time, least of several rounds.

    python -m tests.bench.rating.speed [--seed N] [--rounds N] [--full | --quick]

Run it with one BLAS thread. Peers are used where they are installed; `--full` adds ten million
votes for the style model, which takes minutes and gigabytes with arena-rank; `--quick` takes a
hundredth of the votes, to see that all runs.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

import numpy as np

from arena.rating.board import connect_models
from arena.rating.bootstrap import bayesian_bootstrap
from arena.rating.comparisons import Comparisons
from arena.rating.fit import STANDARD_SCALE
from arena.rating.methods import load_method
from arena.rating.strengths import rate_connected
from arena.rating.style import solve_with_style
from arena.rating.vote_sums import sum_votes
from arena.rating.walk import run_elo
from tests.arena.rating.synthetic import names, styled_rows, tie_share
from tests.bench.rating import peers
from tests.bench.rating.timing import cpu, extra_mib, interleaved, show


def board_rows(models, votes, rng):
    """Votes one by one in narrow columns, made in pieces to spare memory."""
    theta = rng.normal(0.0, 0.7, models)
    columns = [np.empty(votes, np.int16), np.empty(votes, np.int16), np.empty(votes, np.int8)]
    for start in range(0, votes, 1 << 20):
        size = min(1 << 20, votes - start)
        a = rng.integers(0, models, size)
        b = (a + rng.integers(1, models, size)) % models
        chance = 1.0 / (1.0 + np.exp(theta[b] - theta[a]))
        draw, dice = tie_share(chance), rng.random(size)
        outcome = np.where(dice < chance - draw / 2, 0, np.where(dice < 1 - draw, 1, 2))
        for column, values in zip(columns, (a, b, outcome), strict=True):
            column[start : start + size] = values
    return Comparisons(*columns)


def ratings_only(counts):
    """Strengths with sandwich covariance, without rows."""
    base = connect_models(counts, names(counts.models), STANDARD_SCALE)
    return rate_connected(sum_votes(counts, base), base, firth=False)


def from_counts(rng, rounds, have, million):
    print("\nP1  board from live counts: ratings and sandwich intervals")
    for models, target in (
        (100, "<= 1.5 ms, >= 1000x arena-rank"),
        (300, "<= 20 ms"),
        (500, "<= 50 ms"),
    ):
        counts = board_rows(models, million, rng).counts(models)
        calls = {"own": lambda c=counts: ratings_only(c)}
        if "arena_rank" in have and models == 100:
            calls["arena-rank"] = lambda c=counts: peers.arena_rank_counts(c)
        calls["fastchat (no intervals)"] = lambda c=counts: peers.fastchat(c)
        report(f"{models} models", interleaved(calls, rounds), target)
    print("\nP1b with Firth, HC3, guard, step-down ranks, rows")
    for models, target in ((100, "<= 25 ms"), (300, "<= 130 ms")):
        counts = board_rows(models, million, rng).counts(models)
        fit = load_method("bradley_terry").fit
        least = cpu(lambda c=counts, f=fit: f(c, models=names(c.models)), rounds)
        show(f"  {models} models", f"{least * 1e3:.1f} ms", target)


def report(what, least, target):
    """The engine's time, then each peer's with the ratio."""
    own = least.pop("own")
    show(f"  {what}: own", f"{own * 1e3:.2f} ms", target)
    for name, seconds in least.items():
        show(f"  {what}: {name}", f"{seconds * 1e3:.1f} ms", f"{seconds / own:.0f}x")


def from_columns(rng, rounds, have, million):
    print("\nP2  integer columns to ratings and intervals")
    rows = board_rows(100, million, rng)
    calls = {"own": lambda: ratings_only(rows.counts(100))}
    if "arena_rank" in have:
        calls["arena-rank"] = lambda: peers.arena_rank_rows(rows, 100)
    if "evalica" in have:
        calls["evalica (no intervals)"] = lambda: peers.evalica_rows(rows)
    report("1M x 100", interleaved(calls, rounds), ">= 300x arena-rank, >= 40x evalica")
    rows = board_rows(300, 10 * million, rng)
    least = cpu(lambda: ratings_only(rows.counts(300)), rounds)
    extra = extra_mib(lambda: ratings_only(rows.counts(300)))
    show("  10M x 300: own", f"{least * 1e3:.1f} ms, {extra:.1f} MiB extra", "<= 60 ms, <= 32 MiB")


def from_names(rng, rounds, have, million):
    print("\nP3  names as strings to ratings and intervals, 1M x 100")
    rows = board_rows(100, million, rng)
    label, words = names(100), ("model_a", "model_b", "tie", "both_bad")
    a, b = ([label[i] for i in column.tolist()] for column in (rows.a, rows.b))
    winner = [words[i] for i in rows.outcome.tolist()]

    def own():
        models, votes = Comparisons.named(a, b, winner)
        return ratings_only(votes.counts(len(models)))

    calls = {"own": own}
    if "evalica" in have:
        calls["evalica (no intervals)"] = lambda: peers.evalica_named(a, b, winner)
    report("strings", interleaved(calls, rounds), ">= 1.0x evalica")


def resampled(rng, rounds, have, million):
    print("\nP5  bootstrap with full refits, 1M x 100")
    counts = board_rows(100, million, rng).counts(100)
    calls = {
        "own": lambda: bayesian_bootstrap(counts, rounds=1000),
        "fastchat": lambda: peers.fastchat_bootstrap(counts, 10, rng),
    }
    least = interleaved(calls, rounds)
    own, peer = least["own"], least["fastchat"] / 10
    show("  1000 rounds: own", f"{own:.3f} s", "<= 0.7 s")
    show("  one round: fastchat", f"{peer * 1e3:.1f} ms", f"{peer / own * 1000:.0f}x (>= 100x)")


def in_order(rng, rounds, have, million):
    compiled = "as machine code" if find_spec("numba") else "plain loop, no numba here"
    print(f"\nP7, P8  10M votes x 300 from columns: counts; Elo as cast, {compiled}")
    rows = board_rows(300, 10 * million, rng)
    least = cpu(lambda: rows.counts(300), rounds)
    show("  counts", f"{least * 1e3:.1f} ms", "<= 40 ms")
    run_elo(rows, 300, 0.02)
    least = cpu(lambda: run_elo(rows, 300, 0.02), rounds if find_spec("numba") else 1)
    show("  Elo", f"{least:.3f} s", "<= 0.1 s")


def with_style(rng, have, votes):
    print(f"\nP6  style-controlled, {votes:,} x 4, numpy alone")
    theta = rng.normal(0.0, 0.7, 300 if votes > 1_000_000 else 100)
    rows = styled_rows(theta, (0.35, 0.1, 0.05, 0.0), votes, rng)
    least = cpu(lambda: solve_with_style(rows, len(theta)), 2)
    extra = extra_mib(lambda: solve_with_style(rows, len(theta)))
    fit = solve_with_style(rows, len(theta))
    show("  own", f"{least:.2f} s, {extra:.0f} MiB extra", ">= 18x arena-rank, <= 350 MiB")
    show("  planted coefficient 0.35", f"{fit.gamma[0] / 0.35:.4f} of it", "within 3%")
    if "arena_rank" in have:
        peer = cpu(lambda: peers.arena_rank_style(rows, len(theta)), 1)
        show("  arena-rank, reg=0", f"{peer:.1f} s", f"{peer / least:.0f}x")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    wanted = ("arena_rank", "evalica", "rating_systems")
    have = peers.importable(*wanted)
    missing = set(wanted) - set(have)
    print(f"peers: {have}; not installed here: {sorted(missing)}")
    rng = np.random.default_rng(options.seed)
    million = 10_000 if options.quick else 1_000_000
    for study in (from_counts, from_columns, from_names, resampled, in_order):
        study(rng, options.rounds, have, million)
    with_style(rng, have, 10 * million if options.full else million)


if __name__ == "__main__":
    main()
