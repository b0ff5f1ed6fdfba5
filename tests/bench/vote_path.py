"""What a vote costs beyond its row: the site's whole way over a raw insert, in one run.

    python -m tests.bench.vote_path --rounds 3 --seconds 5

Site: the compose file's own `web` command (Granian, psycopg's pool) with PostgreSQL and Valkey, 16
connections that each wait for their answer. Raw: eight threads with a connection each insert rows
like the stored ones and commit each. Empty: the same server's answer of two bytes, which asks no
store: what no vote can be faster than. `synchronous_commit` and `fsync` are on, the three take
turns, and the clients share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

import psutil
import psycopg

from tests import compose
from tests.ballots import Ballot, Booth, prepare
from tests.figures import Figure, bar, conclude
from tests.stack import UNLIMITED

TARGET = 0.30
CONNECTIONS, RAW_CONNECTIONS = 16, 8
_TABLE = "CREATE TABLE raw_vote (LIKE battles_vote INCLUDING ALL)"
_INSERT = (
    "INSERT INTO raw_vote (battle_id, voter_id, choice, created_at, betrayed, version_a_id,"
    " version_b_id) VALUES (%s, %s, 'a', now(), false, %s, %s)"
)


async def site(port: int, ballots: list[Ballot], seconds: float) -> float:
    """Votes a second; raises AssertionError for any that was refused."""

    async def cast(booth: Booth) -> None:
        status = await booth.cast(ballots.pop())
        assert status == 303, status

    return await _rate(port, cast, seconds)


async def empty(port: int, seconds: float) -> float:
    """Empty answers a second."""

    async def look(booth: Booth) -> None:
        assert await booth.look("/health") == 200

    return await _rate(port, look, seconds)


async def _rate(port: int, ask: Callable[[Booth], Awaitable[None]], seconds: float) -> float:
    until, count = time.monotonic() + seconds, 0

    async def visitor() -> None:
        nonlocal count
        booth = Booth(port)
        while time.monotonic() < until:
            await ask(booth)
            count += 1
        booth.close()

    began = time.monotonic()
    await asyncio.gather(*(visitor() for _ in range(CONNECTIONS)))
    return count / (time.monotonic() - began)


def raw(url: str, seconds: float, first: int) -> float:
    """Rows a second."""
    counts, start = [0] * RAW_CONNECTIONS, threading.Barrier(RAW_CONNECTIONS + 1)

    def insert(number: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            [voter] = connection.execute("SELECT voter_id FROM battles_battle").fetchone() or [0]
            start.wait()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                battle = first + counts[number] * RAW_CONNECTIONS + number
                connection.execute(_INSERT, (battle, voter, 1, 2))
                counts[number] += 1

    threads = [threading.Thread(target=insert, args=(n,)) for n in range(RAW_CONNECTIONS)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def measure(arena: compose.Local, *, rounds: int, seconds: float) -> list[Figure]:
    """All ways, turn by turn."""
    url, port = arena.postgres.url(), arena.ports["web"]
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
    ballots = prepare(arena.environment("web"), voters=100, each=int((1 + rounds * seconds) * 12))
    asyncio.run(site(port, ballots, 1.0))  # to warm up
    votes, rows, nothing, spent = [], [], [], 0.0
    with bar("rounds", rounds) as ticks:
        for number in range(rounds):
            before = _cpu(arena)
            votes.append(asyncio.run(site(port, ballots, seconds)))
            spent += _cpu(arena) - before
            rows.append(raw(url, seconds, first=(number + 1) * 100_000_000))
            nothing.append(asyncio.run(empty(port, seconds)))
            ticks.tick()
    ratio = median(vote / row for vote, row in zip(votes, rows, strict=True))
    return [
        Figure("votes a second through the site", _all(votes)),
        Figure("raw inserts a second, 8 connections", _all(rows)),
        Figure("empty answers a second of the same server", _all(nothing)),
        Figure("site over raw, median", f"{ratio:.3f}", f">= {TARGET}", ratio >= TARGET),
        Figure("the web server's CPU a vote", f"{1e6 * spent / sum(votes) / seconds:.0f} µs"),
    ]


def _cpu(arena: compose.Local) -> float:
    web = psutil.Process(arena.running["web"].pid)
    times = [process.cpu_times() for process in (web, *web.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))


def _all(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args(argv)
    with compose.running(["web"], also=UNLIMITED) as arena:
        figures = measure(arena, rounds=args.rounds, seconds=args.seconds)
    return conclude("The vote's way", figures)


if __name__ == "__main__":
    sys.exit(main())
