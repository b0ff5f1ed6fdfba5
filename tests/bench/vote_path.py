"""What a vote costs: the site's whole way over a bare Django view's, in one run.

    python -m tests.bench.vote_path --rounds 5 --seconds 5

Site: the compose file's own `web` command (Granian, psycopg's pool) with PostgreSQL and Valkey, 16
connections that each wait for their answer. Bare: the same server, pool and connections before
`tests.bench.bare_site`: the same cookie, one locked read, one insert, one update. Raw: eight
threads with a connection each insert rows like the stored ones and commit each. Empty: the site's
answer of two bytes, which asks no store. `synchronous_commit` and `fsync` are on, all take turns,
and the clients share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stderr
from io import StringIO
from statistics import median

import psutil
import psycopg

from arena.core.web import healthcheck
from arena.demo.valkey import free_port
from tests import compose
from tests.ballots import Ballot, Booth, prepare
from tests.figures import Figure, bar, conclude
from tests.stack import UNLIMITED

TARGET = 0.5
CONNECTIONS, RAW_CONNECTIONS = 16, 8
_BARE_TABLES = """
CREATE TABLE bare_battle (LIKE battles_battle INCLUDING ALL);
INSERT INTO bare_battle SELECT * FROM battles_battle;
CREATE TABLE bare_vote (
    LIKE battles_vote INCLUDING ALL,
    FOREIGN KEY (battle_id) REFERENCES bare_battle DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (voter_id) REFERENCES voters_voter DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (version_a_id) REFERENCES catalog_modelversion DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (version_b_id) REFERENCES catalog_modelversion DEFERRABLE INITIALLY DEFERRED
)
"""
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
    ballots = prepare(arena.environment("web"), voters=100, each=int((2 + rounds * seconds) * 12))
    bare, copies = start_bare(arena), [*ballots]
    for where, box in ((port, ballots), (bare, copies)):
        asyncio.run(site(where, box, 1.0))  # to warm up
    votes, plain, rows, nothing, spent = [], [], [], [], 0.0
    with bar("rounds", rounds) as ticks:
        for number in range(rounds):
            before = _cpu(arena)
            votes.append(asyncio.run(site(port, ballots, seconds)))
            spent += _cpu(arena) - before
            plain.append(asyncio.run(site(bare, copies, seconds)))
            rows.append(raw(url, seconds, first=(number + 1) * 100_000_000))
            nothing.append(asyncio.run(empty(port, seconds)))
            ticks.tick()
    over_bare = [vote / other for vote, other in zip(votes, plain, strict=True)]
    over_raw = median(vote / row for vote, row in zip(votes, rows, strict=True))
    spread = f"{median(over_bare):.2f} ({min(over_bare):.2f} to {max(over_bare):.2f})"
    return [
        Figure("votes a second through the site", _all(votes)),
        Figure("votes a second through a bare Django view", _all(plain)),
        Figure("raw inserts a second, 8 connections", _all(rows)),
        Figure("empty answers a second of the same server", _all(nothing)),
        Figure(
            "site over bare, median and spread", spread, f">= {TARGET}", median(over_bare) >= TARGET
        ),
        Figure("site over raw, median", f"{over_raw:.3f}"),
        Figure("the web server's CPU a vote", f"{1e6 * spent / sum(votes) / seconds:.0f} µs"),
    ]


def start_bare(arena: compose.Local) -> int:
    """Start the bare site by the command of `web` and return its port; it ends with the others."""
    port = free_port()
    with psycopg.connect(arena.postgres.url()) as connection:
        connection.execute(_BARE_TABLES)
    words = arena.argv(arena.services["web"]["command"])
    changed = {"arena.config.wsgi:application": "tests.bench.bare_site:application"}
    changed[str(arena.ports["web"])] = str(port)
    arena.spawn("bare", [changed.get(word, word) for word in words], arena.environment("web"))
    url = f"http://127.0.0.1:{port}/health"
    with redirect_stderr(StringIO()):  # it refuses until it listens
        compose.until(lambda: healthcheck.main(url) == 0, "the bare site", 30.0)
    return port


def _cpu(arena: compose.Local) -> float:
    web = psutil.Process(arena.running["web"].pid)
    times = [process.cpu_times() for process in (web, *web.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))


def _all(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args(argv)
    with compose.running(["web"], also=UNLIMITED) as arena:
        figures = measure(arena, rounds=args.rounds, seconds=args.seconds)
    return conclude("The vote's way", figures)


if __name__ == "__main__":
    sys.exit(main())
