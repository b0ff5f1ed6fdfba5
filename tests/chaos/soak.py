"""Memory, descriptors, database connections and keys in Redis of all programs under steady load.

    python -m tests.chaos.soak --minutes 10 --rate 2

Visitors come at a steady rate, play a battle on scripted models, vote and look at the leaderboard.
Every few seconds each program is measured with its children. The first third of the time is the
programs' warming up; of the rest the slope of the memory is fitted (Theil-Sen, so that one jump
does not make a trend). Afterwards a minute passes without visitors, in which keys expire. A rate of
two a second takes about two thirds of this machine: the table says what was used of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import httpx
import psutil
from scipy.stats import theilslopes

from tests.figures import Figure, bar, conclude, quantile
from tests.stack import Stack, running
from tests.visitor import Visitor

PROGRAMS = ("web", "site-worker", "inference", "beat", "valkey")
LOOK_SECONDS = 5.0
REST_SECONDS = 60.0
WARM_SHARE = 1 / 3
MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class SoakLog:
    """What was measured, by program: megabytes and descriptors at each look."""

    at: list[float] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=dict)
    descriptors: dict[str, list[int]] = field(default_factory=dict)
    connections: list[int] = field(default_factory=list)
    """Connections to PostgreSQL; none of them is counted on SQLite, where it is a file."""
    keys: list[int] = field(default_factory=list)
    """Keys in Redis."""
    keys_at_rest: int = 0
    """The same after a time without visitors."""
    busy: list[float] = field(default_factory=list)
    battles: int = 0
    votes: int = 0
    faults: list[str] = field(default_factory=list)

    def warm(self, values: Sequence[float]) -> tuple[list[float], list[float]]:
        """Return minutes and values behind the time in which the programs warm up."""
        first = int(len(self.at) * WARM_SHARE)
        return [one / 60 for one in self.at[first:]], list(values[first:])


def look(stack: Stack, log: SoakLog, seconds: float) -> None:
    """Measure every program once."""
    log.at.append(seconds)
    log.busy.append(psutil.cpu_percent())
    for name in PROGRAMS:
        parent = psutil.Process(stack.pid(name))
        memory = descriptors = 0
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                memory += process.memory_info().rss
                descriptors += process.num_fds()
        log.memory.setdefault(name, []).append(memory / MEGABYTE)
        log.descriptors.setdefault(name, []).append(descriptors)
    if stack.postgres is not None:
        [row] = stack.rows(
            "SELECT COUNT(*) AS open FROM pg_stat_activity WHERE datname IS NOT NULL"
        )
        log.connections.append(row["open"])
    log.keys.append(cast(int, stack.redis.dbsize()))


async def soak(stack: Stack, log: SoakLog, *, seconds: float, rate: float) -> None:
    """Let visitors come for so long, and look at the programs meanwhile."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        coming = group.create_task(_visitors(stack, log, group, began + seconds, rate))
        while not coming.done():
            await asyncio.to_thread(look, stack, log, time.monotonic() - began)
            await asyncio.sleep(LOOK_SECONDS)
    await asyncio.sleep(REST_SECONDS)
    log.keys_at_rest = cast(int, stack.redis.dbsize())


async def _visitors(
    stack: Stack, log: SoakLog, group: asyncio.TaskGroup, until: float, rate: float
) -> None:
    while time.monotonic() < until:
        group.create_task(_visit(stack, log))
        await asyncio.sleep(1.0 / rate)


async def _visit(stack: Stack, log: SoakLog) -> None:
    try:
        async with Visitor(stack.address) as visitor:
            battle = await visitor.send()
            await asyncio.wait_for(visitor.watch(battle), 60)
            log.battles += 1
            log.votes += (await visitor.vote(battle, "a")).status_code == 200
            await visitor.get("/leaderboard/")
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        log.faults.append(type(error).__name__)


def figures(log: SoakLog, rate: float) -> list[Figure]:
    """The table."""
    rows = [
        Figure("battles, votes", f"{log.battles}, {log.votes}, {rate:g} asked for a second"),
        Figure("processors in use", f"{quantile(log.busy, 0.5):.0f}% (median)"),
        Figure("faults", _kinds(log.faults), "0", not log.faults),
    ]
    for name, memory in log.memory.items():
        minutes, values = log.warm(memory)
        slope = theilslopes(values, minutes).slope
        value = (
            f"{memory[0]:.0f} MB at first, {values[0]:.0f} warm, {values[-1]:.0f} at the end,"
            f" {slope:+.2f} MB a minute"
        )
        rows.append(Figure(f"{name}: memory", value, "< 1 MB a minute", slope < 1.0))
        _, open_now = log.warm(log.descriptors[name])
        half = len(open_now) // 2
        early, late = quantile(open_now[:half], 0.9), quantile(open_now[half:], 0.9)
        first, last = log.descriptors[name][0], log.descriptors[name][-1]
        told = f"{early:.0f}, then {late:.0f} (90th percentile; {first} and {last} at the ends)"
        rows.append(Figure(f"{name}: descriptors", told, "no more", late <= early + 5))
    if log.connections:
        _, opened = log.warm(log.connections)
        told = f"{min(opened):.0f} to {max(opened):.0f}"
        rows.append(Figure("connections to PostgreSQL", told, "constant", max(opened) <= 40))
    return [*rows, _keys(log)]


def _kinds(faults: Sequence[str]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in Counter(faults).items()) or "0"


def _keys(log: SoakLog) -> Figure:
    """Keys that outlive their battle are those of limits and streams, each with an end of its own:
    their number follows the rate, and not the time."""
    _, warm = log.warm(log.keys)
    half = len(warm) // 2
    early, late = quantile(warm[:half], 0.5), quantile(warm[half:], 0.5)
    told = (
        f"{log.keys[0]} at first, {early:.0f}, then {late:.0f} (medians), {log.keys[-1]} at the"
        f" end, {log.keys_at_rest} after {REST_SECONDS:.0f} s without visitors"
    )
    return Figure("keys in Redis", told)


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=2.0, help="visitors a second")
    told = parser.parse_args(argv)
    log = SoakLog()
    with running() as stack, bar("soak", 1) as ticks:
        asyncio.run(soak(stack, log, seconds=60 * told.minutes, rate=told.rate))
        ticks.tick()
    return conclude(f"{told.minutes:g} minutes of steady load", figures(log, told.rate))


if __name__ == "__main__":
    sys.exit(main())
