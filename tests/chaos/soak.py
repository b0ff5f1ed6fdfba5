"""Memory, descriptors, database connections and keys in Redis of all programs under steady load.

    python -m tests.chaos.soak --minutes 10 --rate 2

Visitors come at a steady rate, play a battle on scripted models, vote and look at the leaderboard.
Each fault is named by the step of the visit, and by the answer's status or the exception. Every few
seconds each program is measured with its children; ``--series FILE`` keeps what was measured. The
first half of the time is the programs' warming up; of the rest the slope of the memory is fitted
(Theil-Sen, so that one jump does not make a trend), with its 95% interval, for a minute and for a
battle. What keeps something of every battle shows in the second at any rate. Afterwards a minute
passes without visitors, in which keys expire. A rate of two a second takes about two thirds of this
machine: the table says what was used of it. Visits take longer on a busy machine, and more of them
are open at a time, each with its connections. So the descriptors are also told by kind, with the
visits that were open, and again after the minute at rest, where a leak is what is left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
import psutil
from scipy.stats import theilslopes
from websockets.exceptions import WebSocketException

from tests.figures import Figure, bar, conclude, quantile
from tests.stack import Stack, running
from tests.visitor import Visitor

PROGRAMS = ("web", "site-worker", "inference", "beat", "valkey")
LOOK_SECONDS = 5.0
REST_SECONDS = 60.0
WATCH_SECONDS = 60
"""A visitor goes away from answers that are not over by then."""
WARM_SHARE = 1 / 2
MEGABYTE = 1024 * 1024
_NO = Counter[str]()


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
    kinds: dict[str, list[Counter[str]]] = field(default_factory=dict)
    """Descriptors of each program by kind: at first, when most were open, and at rest."""
    open_visits: int = 0
    visits: list[int] = field(default_factory=list)
    """Visits that were open at each look."""
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
    log.visits.append(log.open_visits)
    log.busy.append(psutil.cpu_percent())
    for name in PROGRAMS:
        memory, kinds = 0, Counter[str]()
        for process in family(stack, name):
            with contextlib.suppress(psutil.NoSuchProcess):
                memory += process.memory_info().rss
                kinds += descriptors_by_kind(process.pid)
        log.memory.setdefault(name, []).append(memory / MEGABYTE)
        log.descriptors.setdefault(name, []).append(kinds.total())
        first, most, rest = log.kinds.setdefault(name, [kinds, kinds, kinds])
        log.kinds[name] = [first, max(most, kinds, key=Counter.total), rest]
    if stack.postgres is not None:
        [row] = stack.rows(
            "SELECT COUNT(*) AS open FROM pg_stat_activity WHERE datname IS NOT NULL"
        )
        log.connections.append(row["open"])
    log.keys.append(cast(int, stack.redis.dbsize()))


def family(stack: Stack, name: str) -> list[psutil.Process]:
    """A program's process and its children."""
    parent = psutil.Process(stack.pid(name))
    return [parent, *parent.children(recursive=True)]


def descriptors_by_kind(pid: int) -> Counter[str]:
    """A process's open descriptors: sockets, pipes and the like, and files by their ending."""
    found = Counter[str]()
    with contextlib.suppress(FileNotFoundError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(link.readlink())
                kind = target.partition(":")[0]
                found[Path(target).suffix or target if target.startswith("/") else kind] += 1
    return found


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
    for name in PROGRAMS:
        log.kinds[name][-1] = sum(
            (descriptors_by_kind(one.pid) for one in family(stack, name)), _NO
        )


async def _visitors(
    stack: Stack, log: SoakLog, group: asyncio.TaskGroup, until: float, rate: float
) -> None:
    while time.monotonic() < until:
        group.create_task(_visit(stack, log))
        await asyncio.sleep(1.0 / rate)


async def _visit(stack: Stack, log: SoakLog) -> None:
    log.open_visits += 1
    step = "first page"
    try:
        async with Visitor(stack.address) as visitor:
            step = "question"
            battle = await visitor.send()
            step = "answers"
            screen = await asyncio.wait_for(visitor.watch(battle), WATCH_SECONDS)
            log.battles += 1
            step = f"vote on a battle that is {screen.state}"
            answer = (await visitor.vote(battle, "a")).raise_for_status()
            log.votes += answer.status_code == 200
            step = "leaderboard"
            await visitor.get("/leaderboard/")
    except (httpx.HTTPError, WebSocketException, OSError, TimeoutError) as error:
        log.faults.append(f"{step}: {named(error)}")
    finally:
        log.open_visits -= 1


def named(error: Exception) -> str:
    """A fault in a few words: the status of an answer, or the exception with its reason."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"answered {error.response.status_code}"
    if type(error) is TimeoutError:
        return f"not over within {WATCH_SECONDS} s"
    return f"{type(error).__name__} {error}".strip()


def figures(log: SoakLog, rate: float) -> list[Figure]:
    """The table."""
    rows = [
        Figure("battles, votes", f"{log.battles}, {log.votes}, {rate:g} asked for a second"),
        Figure("processors in use", f"{quantile(log.busy, 0.5):.0f}% (median)"),
        Figure("visits open at a time", _visits(log)),
        Figure("faults", _kinds(log.faults), "0", not log.faults),
    ]
    for name, memory in log.memory.items():
        minutes, values = log.warm(memory)
        slope, _, low, high = theilslopes(values, minutes)
        a_battle = 1024 * slope * log.at[-1] / 60 / max(log.battles, 1)
        value = (
            f"{memory[0]:.0f} MB at first, {values[0]:.0f} warm, {values[-1]:.0f} at the end,"
            f" {slope:+.2f} MB a minute ({low:+.2f} to {high:+.2f}), {a_battle:+.1f} KB a battle"
        )
        rows.append(Figure(f"{name}: memory", value, "< 1 MB a minute", slope < 1.0))
        _, open_now = log.warm(log.descriptors[name])
        half = len(open_now) // 2
        early, late = quantile(open_now[:half], 0.9), quantile(open_now[half:], 0.9)
        first, last = log.descriptors[name][0], log.descriptors[name][-1]
        told = f"{early:.0f}, then {late:.0f} (90th percentile; {first} and {last} at the ends)"
        rows.append(Figure(f"{name}: descriptors", told, "no more", late <= early + 5))
        rows.append(Figure(f"{name}: which more", _more(log.kinds[name])))
    if log.connections:
        _, opened = log.warm(log.connections)
        told = f"{min(opened):.0f} to {max(opened):.0f}"
        rows.append(Figure("connections to PostgreSQL", told, "constant", max(opened) <= 40))
    return [*rows, _keys(log)]


def _more(kinds: Sequence[Counter[str]]) -> str:
    """The kinds of which more were open than at first."""
    first, *later = kinds
    told = (", ".join(f"{n} {kind}" for kind, n in (one - first).items()) or "0" for one in later)
    return "at most {}; at rest {}".format(*told)


def _kinds(faults: Sequence[str]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in Counter(faults).items()) or "0"


def _visits(log: SoakLog) -> str:
    _, warm = log.warm(log.visits)
    half = len(warm) // 2
    early, late = quantile(warm[:half], 0.9), quantile(warm[half:], 0.9)
    return f"{early:.0f}, then {late:.0f} (90th percentile)"


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
    parser.add_argument("--series", type=Path, help="a new CSV file for the memory at each look")
    told = parser.parse_args(argv)
    log = SoakLog()
    with running() as stack, bar("soak", 1) as ticks:
        asyncio.run(soak(stack, log, seconds=60 * told.minutes, rate=told.rate))
        ticks.tick()
    if told.series is not None:
        with told.series.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["seconds", *log.memory])
            rows.writerows(zip(log.at, *log.memory.values(), strict=True))
    return conclude(f"{told.minutes:g} minutes of steady load", figures(log, told.rate))


if __name__ == "__main__":
    sys.exit(main())
