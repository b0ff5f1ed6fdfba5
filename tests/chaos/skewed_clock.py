"""Battles answered by a worker whose clock is minutes ahead or behind.

    python -m tests.chaos.skewed_clock --battles 100

The worker runs under libfaketime, which moves its wall clock by five minutes in each direction;
site, Redis and database keep the real time. Every battle has to reach its vote with one attempt a
side: nothing may count as expired, lost or late because two clocks differ. Needs the library, which
Debian has as ``libfaketime``; nothing of the arena uses it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inference_worker.wire import presence
from tests.figures import Figure, Ticks, bar, conclude
from tests.stack import Stack, running, until
from tests.visitor import Visitor

SKEWS = ("+300s", "-300s")
AT_ONCE = 4
_ATTEMPTS = "SELECT g.attempt, g.state, COUNT(*) AS sides FROM battles_generation g GROUP BY 1, 2"
_CLOCK = "SELECT ended_at, queued_at FROM battles_generation WHERE ended_at < queued_at"

_SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
"""Python sleeps until a moment of the monotonic clock; the library refuses that with EINVAL while
it leaves that clock alone, which it has to: otherwise waiting threads would never wake."""


@dataclass(slots=True)
class SkewedRun:
    """What became of the battles under one skew."""

    skew: str
    ends: Counter[str] = field(default_factory=Counter)
    """Battles by the state that their visitors saw last."""
    again: int = 0
    """Sides that needed a second attempt."""
    backwards: int = 0
    """Sides that ended before they began, by what the site stored."""


def library() -> str:
    """Return the path of libfaketime; raises SystemExit where it is not installed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise SystemExit("This program needs libfaketime (Debian: apt-get install libfaketime).")
    return str(found[0])


async def play(stack: Stack, run: SkewedRun, *, battles: int, ticks: Ticks) -> None:
    """Let visitors play so many battles, some at once, and look at what was stored."""
    left = iter(range(battles))

    async def visit() -> None:
        async with Visitor(stack.address) as visitor:
            for _ in left:
                battle = await visitor.send()
                screen = await asyncio.wait_for(visitor.watch(battle), 60)
                run.ends[screen.state] += 1
                await visitor.vote(battle, "a")
                ticks.tick()

    await asyncio.gather(*(visit() for _ in range(AT_ONCE)))
    run.again = sum(row["sides"] for row in stack.rows(_ATTEMPTS) if row["attempt"] > 1)
    run.backwards = len(stack.rows(_CLOCK))


def skewed(skew: str, *, battles: int, ticks: Ticks) -> SkewedRun:
    """Play under one skew: the worker of the stack is replaced by one with another clock."""
    run = SkewedRun(skew)
    with running() as stack:
        stack.kill("inference")
        until(lambda: not presence.workers(stack.redis), "the first worker's report to go")
        shim = stack.folder.path / "shim"
        shim.mkdir()
        (shim / "sitecustomize.py").write_text(_SLEEP)
        stack.launch(
            "inference",
            LD_PRELOAD=library(),
            FAKETIME=skew,
            FAKETIME_DONT_FAKE_MONOTONIC="1",
            PYTHONPATH=str(shim),
        )
        stack.await_worker(since=-1.0)
        asyncio.run(play(stack, run, battles=battles, ticks=ticks))
    return run


def figures(runs: Sequence[SkewedRun], battles: int) -> list[Figure]:
    """The table."""
    rows = []
    for run in runs:
        name, voting = f"worker's clock {run.skew}", run.ends["voting"]
        ends = ", ".join(f"{count} {state}" for state, count in sorted(run.ends.items()))
        rows += [
            Figure(f"{name}: battles", ends, f"{battles} voting", voting == battles),
            Figure(f"{name}: second attempts", str(run.again), "0", not run.again),
            Figure(f"{name}: ended before they began", str(run.backwards), "0", not run.backwards),
        ]
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--battles", type=int, default=100)
    told = parser.parse_args(argv)
    with bar("battles", told.battles * len(SKEWS)) as ticks:
        runs = [skewed(skew, battles=told.battles, ticks=ticks) for skew in SKEWS]
    return conclude("A worker whose clock is wrong", figures(runs, told.battles))


if __name__ == "__main__":
    sys.exit(main())
