"""kill -9 of the site's worker at seeded moments of fold and recompute.

    python -m tests.chaos.fold_kill --rounds 20 --seed 1 [--database sqlite]

Each round puts a pile of votes in front of a live worker that stands still, lets it go, and kills
it: mostly somewhere between the moment at which it holds the ledger's lock and the end of the fold,
each third time right behind the fold, while boards are recomputed. Where each kill really hit is
shown. Right after it, with nobody at work, ledger, counts and snapshots are looked at; then a new
worker has to finish what is left.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests import postgres
from tests.chaos import ledger_of
from tests.figures import Figure, bar, conclude
from tests.stack import Stack, running, until

WORKER = "site-worker"
PATIENCE_SECONDS = 120.0
RECOMPUTE_SECONDS = 0.08
"""How long after a fold boards may be at work."""
_LOCKED = "SELECT COUNT(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND granted"


@dataclass(slots=True)
class Kills:
    """Where the kills hit, and what was wrong after any of them."""

    hit: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    votes: int = 0
    entries: int = 0


def play(
    stack: Stack,
    *,
    rounds: int,
    votes: int,
    seed: int,
    tick: Callable[[], None] = lambda: None,
) -> Kills:
    """The rounds, behind one undisturbed one that shows how long a fold takes."""
    dice, kills = random.Random(seed), Kills()
    _pile(stack, votes, seed)
    started = time.monotonic()
    until(lambda: not ledger_of.waiting(stack), "the fold", PATIENCE_SECONDS)
    fold_seconds = time.monotonic() - started
    ledger_of.settle(stack, PATIENCE_SECONDS)
    for number in range(1, rounds + 1):
        _pile(stack, votes, seed + number)
        if number % 3:
            time.sleep(dice.uniform(0.0, fold_seconds))
        else:
            until(lambda: not ledger_of.waiting(stack), "the fold", PATIENCE_SECONDS)
            time.sleep(dice.uniform(0.0, RECOMPUTE_SECONDS))
        stack.kill(WORKER)
        kills.hit[_where(stack, votes)] += 1
        kills.faults += ledger_of.faults(stack)
        stack.launch(WORKER)
        ledger_of.settle(stack, PATIENCE_SECONDS)
        tick()
    _look_back(stack, kills)
    return kills


def _look_back(stack: Stack, kills: Kills) -> None:
    """What is there after the last round."""
    kills.faults += ledger_of.faults(stack)
    kills.findings = ledger_of.recount(stack)
    kills.votes = ledger_of.number(stack, "SELECT COUNT(*) AS n FROM battles_vote")
    taken = "SELECT COUNT(*) AS n FROM leaderboard_ledgerentry WHERE kind = 'vote'"
    kills.entries = ledger_of.number(stack, taken)


def _pile(stack: Stack, votes: int, seed: int) -> None:
    """Returns when the worker has begun with them, as far as the database lets one see it."""
    until(lambda: _stopped_between_writes(stack), "the worker between two writes", PATIENCE_SECONDS)
    ledger_of.work(stack, "fill", "--votes", str(votes), "--seed", str(seed))
    os.kill(stack.pid(WORKER), signal.SIGCONT)
    if stack.postgres is not None:
        until(lambda: _has_begun(stack, votes), "the worker's lock", PATIENCE_SECONDS)


def _has_begun(stack: Stack, votes: int) -> bool:
    """Whether the worker holds its lock, or was done with some votes before anybody looked."""
    return bool(ledger_of.number(stack, _LOCKED)) or ledger_of.waiting(stack) < votes


def _stopped_between_writes(stack: Stack) -> bool:
    """On SQLite a worker that is stopped in the middle of a transaction keeps everybody out."""
    os.kill(stack.pid(WORKER), signal.SIGSTOP)
    os.waitpid(stack.pid(WORKER), os.WUNTRACED)  # it may go on for a moment, and begin to write
    if stack.postgres is not None:
        return True
    try:
        with contextlib.closing(sqlite3.connect(stack.database, timeout=0)) as file:
            file.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        os.kill(stack.pid(WORKER), signal.SIGCONT)
        return False
    return True


def _where(stack: Stack, votes: int) -> str:
    """Told by what the dead worker left."""
    left = ledger_of.waiting(stack)
    if left == votes:
        return "before or in the first batch"
    if left:
        return "between batches or in a later one"
    behind = ledger_of.snapshot_at(stack) < ledger_of.head(stack)
    return "recompute" if behind else "after both"


def figures(kills: Kills) -> list[Figure]:
    """The table's rows."""
    hits = ", ".join(f"{count} {where}" for where, count in sorted(kills.hit.items()))
    return [
        Figure("kills", f"{kills.hit.total()}: {hits}"),
        Figure(
            "gaps, doubles, half snapshots, counts apart",
            "; ".join(kills.faults) or "none",
            "none",
            not kills.faults,
        ),
        Figure(
            "votes in the ledger at the end",
            f"{kills.entries:,} of {kills.votes:,}",
            "all",
            kills.entries == kills.votes,
        ),
        Figure(
            "what a recount finds",
            "; ".join(kills.findings) or "nothing",
            "nothing",
            not kills.findings,
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--votes", type=int, default=60_000, help="in front of each kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    args = parser.parse_args(argv)
    server = postgres.configure(durable=True) if args.database == "postgresql" else None
    with running(server=server) as stack, bar("Kills", args.rounds) as ticks:
        kills = play(stack, rounds=args.rounds, votes=args.votes, seed=args.seed, tick=ticks.tick)
    return conclude(f"Fold and recompute under kill -9, {args.database}", figures(kills))


if __name__ == "__main__":
    sys.exit(main())
