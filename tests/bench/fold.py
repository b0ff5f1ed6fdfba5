"""A backlog of votes into the ledger: entries a second, memory, and whether a recount agrees.

    python -m tests.bench.fold [--votes 1000000] [--database sqlite]

The votes are spread over thirty days, forty label sets and a hundred models, so that nearly each
has a cell of its own: the worst case. PostgreSQL runs with fsync.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.figures import Figure, conclude
from tests.site import arena_on

ENTRIES_PER_SECOND = {"postgresql": 50_000, "sqlite": 20_000}
MORE_MEMORY_MB = 200.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=list(ENTRIES_PER_SECOND), default="postgresql")
    args = parser.parse_args(argv)
    with arena_on(args.database):
        return conclude(f"Fold on {args.database}", measure(args))


def measure(args: argparse.Namespace) -> list[Figure]:
    """Fill, fold, recount."""
    # Django's models can be read only once its settings are there.
    from arena.boards.services.verification import verify_ledger
    from arena.ledger.models import Cell, LedgerEntry
    from arena.ledger.services.folding import fold

    # In a process of its own, so that its memory is not this one's.
    spread = ("--models", str(args.models), "--days", str(args.days), "--seed", str(args.seed))
    fill = (sys.executable, "-m", "tests.program", "fill", "--votes", str(args.votes), *spread)
    subprocess.run(fill, check=True)
    before, started, used = _memory(), time.perf_counter(), time.process_time()
    folded = fold()
    seconds, own = time.perf_counter() - started, time.process_time() - used
    more, entries = _memory() - before, LedgerEntry.objects.count()
    started = time.perf_counter()
    findings = verify_ledger().findings
    recounted = entries / (time.perf_counter() - started)
    rate, target = entries / seconds, ENTRIES_PER_SECOND[args.database]
    return [
        Figure("votes folded", f"{folded:,}", f"{args.votes:,}", folded == args.votes),
        Figure("entries a second", f"{rate:,.0f}", f"at least {target:,}", rate >= target),
        Figure("this process's share of a core", f"{own / seconds:.0%}"),
        Figure("cells", f"{Cell.objects.count():,}"),
        _within("more memory at the peak", more, MORE_MEMORY_MB),
        Figure("findings of a recount", str(len(findings)), "0", not findings),
        Figure("entries recounted a second", f"{recounted:,.0f}"),
    ]


def _within(name: str, megabytes: float, most: float) -> Figure:
    return Figure(name, f"{megabytes:.0f} MB", f"within {most:.0f} MB", megabytes <= most)


def _memory() -> float:
    """The most that this process has held so far, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
