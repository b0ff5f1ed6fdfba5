"""Votes at a steady rate while the worker folds a backlog and recomputes boards.

    python -m tests.chaos.votes_while_folding --rate 200 --seconds 60 --connections 16

The votes are the service's own calls, each on its own battle, on as many connections as asked
for. A vote's time runs from the moment at which it was due. PostgreSQL runs with fsync.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests import postgres
from tests.chaos import ledger_of
from tests.figures import Figure, conclude, quantile
from tests.stack import Stack, running, until

P99_SECONDS = 0.2
PATIENCE_SECONDS = 300.0
_ENTRIES = "SELECT vote_id FROM leaderboard_ledgerentry WHERE kind = 'vote' AND vote_id >= ?"


@dataclass(slots=True)
class Run:
    """What the voters were told, and what the database says."""

    told: list[int]
    seconds: list[float]
    took: float
    entries: list[int]
    snapshots: int
    faults: list[str]

    @property
    def lost_or_doubled(self) -> int:
        """Votes that were acknowledged and have no entry, or more than one."""
        return abs(len(self.told) - len(set(self.told))) + len(
            set(self.told) ^ set(self.entries)
        ) + len(self.entries) - len(set(self.entries))  # fmt: skip


def rush(stack: Stack, *, rate: float, seconds: float, connections: int, backlog: int) -> Run:
    """A backlog and open battles first, then worker and voters at the same time."""
    stack.kill("site-worker")
    if backlog:
        ledger_of.work(stack, "fill", "--votes", str(backlog))
    ledger_of.work(stack, "open", "--battles", str(int(rate * seconds)))
    first = ledger_of.number(stack, "SELECT MAX(id) AS n FROM battles_vote") + 1
    stack.launch("site-worker")
    until(lambda: not backlog or ledger_of.head(stack), "the worker's first batch")
    voters = ("--rate", str(rate), "--seconds", str(seconds), "--connections", str(connections))
    said = json.loads(ledger_of.work(stack, "vote", *voters, ARENA_DB_POOL=str(connections)))
    snapshots = ledger_of.number(stack, "SELECT COUNT(*) AS n FROM leaderboard_snapshot")
    ledger_of.settle(stack, PATIENCE_SECONDS)
    entries = [row["vote_id"] for row in stack.rows(_ENTRIES, first)]
    faults = ledger_of.faults(stack) + ledger_of.recount(stack)
    return Run(said["votes"], said["seconds"], said["took"], entries, snapshots, faults)


def figures(run: Run, *, rate: float, p99: float | None = P99_SECONDS) -> list[Figure]:
    """The table's rows; without ``p99`` the time has no target."""
    slow = quantile(run.seconds, 0.99)
    goal = f"within {1000 * p99:.0f} ms" if p99 else ""
    return [
        Figure("votes acknowledged", f"{len(run.told):,}, {len(run.told) / run.took:.0f}/s"),
        Figure("rate that was due", f"{rate:.0f}/s"),
        Figure("lost or doubled", str(run.lost_or_doubled), "0", run.lost_or_doubled == 0),
        Figure("vote, median", f"{1000 * quantile(run.seconds, 0.5):.1f} ms"),
        Figure("vote, p99", f"{1000 * slow:.1f} ms", goal, slow <= p99 if p99 else None),
        Figure("vote, slowest", f"{1000 * max(run.seconds):.1f} ms"),
        Figure("snapshots meanwhile", str(run.snapshots)),
        Figure("faults and findings", "; ".join(run.faults) or "none", "none", not run.faults),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=200.0, help="votes a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--backlog", type=int, default=300_000, help="votes to be folded meanwhile")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    args = parser.parse_args(argv)
    server = postgres.configure(durable=True) if args.database == "postgresql" else None
    with running(server=server) as stack:
        run = rush(
            stack,
            rate=args.rate,
            seconds=args.seconds,
            connections=args.connections,
            backlog=args.backlog,
        )
    return conclude(f"Votes while folding, {args.database}", figures(run, rate=args.rate))


if __name__ == "__main__":
    sys.exit(main())
