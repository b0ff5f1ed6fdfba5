"""The current leaderboard over the API: how many requests a second, and how late with many readers.

    python -m tests.bench.api_reading --models 100 --votes 20000 --seconds 5
    python -m tests.bench.api_reading --votes 1000000 --database postgresql --data DIR

The site runs under granian, as in production, on a board that `manage.py simulate` fills. First a
few connections ask as fast as they can, by turns for an address whose view does nothing, for the
leaderboard, and for the leaderboard that they have already. Then many readers ask once a second
each, while votes come and snapshots change; every body has to be one whole snapshot.

With ``--data`` the database stays in a folder, and the next call with it asks the same board again,
with the votes of earlier calls. So many votes are made only once.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from arena.bootstrap.environment import ROOT
from arena.demo.valkey import free_port
from tests.figures import Figure, bar, conclude, quantile
from tests.site import arena_on

BOARD = "/api/v1/leaderboard"
CONNECTIONS = 8
MOST_SIMULATED = 100_000
"""More votes are stored as rows, since `simulate` draws each pair."""
ROUNDS = 3
SHARE, SHARE_304 = 0.40, 0.70
P99_MS = 50.0
FRESH_SECONDS = 2.0
READY_SECONDS = 60.0
WHOLE = 1e-3
"""Probabilities to be first are rounded, and add up to one."""


@dataclass(slots=True)
class Connection:
    """One kept-alive connection of a reader."""

    port: int
    reader: Any = None
    writer: Any = None

    async def ask(self, path: str, headers: str = "") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; a lost connection is opened anew."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        said = {name.lower(): value for name, _, value in (one.partition(": ") for one in head[1:])}
        body = await self.reader.readexactly(int(said.get("content-length", "0")))
        return int(head[0].split()[1]), said, body


async def flat_out(port: int, path: str, headers: str, seconds: float, status: int) -> float:
    """Return the requests a second of a few connections that never pause."""
    done, end = 0, time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        connection = Connection(port)
        while time.perf_counter() < end:
            got, _, _ = await connection.ask(path, headers)
            assert got == status, f"{path} answered {got}"
            done += 1

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return done / seconds


@dataclass(slots=True)
class ManyReaders:
    """What readers got that ask once a second each."""

    port: int
    count: int
    seconds: float
    waits: list[float] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    seen: list[tuple[float, str]] = field(default_factory=list)
    torn: int = 0

    async def read(self) -> None:
        """Let all of them read."""
        await asyncio.gather(*(self._one() for _ in range(self.count)))

    async def _one(self) -> None:
        connection, end = Connection(self.port), time.perf_counter() + self.seconds
        await asyncio.sleep(random.random())
        while time.perf_counter() < end:
            began = time.perf_counter()
            _, headers, body = await connection.ask(BOARD)
            now = time.perf_counter()
            self.waits.append(1000 * (now - began))
            tag = headers["etag"]
            self.torn += hashlib.sha256(body).hexdigest() != tag.strip('"')
            self.bodies[tag] = body
            self.seen.append((now, tag))
            await asyncio.sleep(max(0.0, 1.0 - (now - began)))

    def numbers(self) -> list[tuple[float, int]]:
        """Return when an answer came and up to which ledger entry it was; count what is torn."""
        known: dict[str, int] = {}
        snapshots: dict[str, str] = {}
        for tag, body in self.bodies.items():
            said = json.loads(body)
            votes = sum(row["vote_count"] for row in said["rows"])
            chances = sum(row["p_first"] or 0.0 for row in said["rows"])
            same = snapshots.setdefault(said["etag"], tag) == tag
            whole = votes == 2 * said["ledger_number"] and abs(chances - 1.0) < WHOLE
            self.torn += not (whole and same)
            known[tag] = said["ledger_number"]
        return [(now, known[tag]) for now, tag in self.seen]


VOTING = """
import sys, time, django
django.setup()
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelVersion
from arena.ledger.selectors.head import head
from tests.factories import make_vote
versions = list(ModelVersion.objects.order_by("pk")[:2])
update_live_boards()
print("ready", flush=True)
end = time.perf_counter() + float(sys.argv[1])
while time.perf_counter() < end:
    make_vote(*versions)
    print(time.perf_counter(), head().number + 1, flush=True)
    time.sleep(float(sys.argv[2]))
    update_live_boards()
"""
"""Votes that come one after the other, and the board that follows as it does by the beat alone."""


def lags(cast: Sequence[tuple[float, int]], seen: Sequence[tuple[float, int]]) -> list[float]:
    """Return the seconds from each vote to the first answer that has it."""
    found = []
    for moment, number in cast:
        later = [now for now, at in seen if at >= number and now >= moment]
        found += [min(later) - moment] if later else []
    return found


def served(port: int) -> subprocess.Popen[bytes]:
    """Start the server; return once it answers. Raises AssertionError where it does not."""
    argv = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-access-log"),
        "tests.bench.empty_site:application",
    ]
    server = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            asyncio.run(Connection(port).ask("/empty"))
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise AssertionError("the server did not answer")


def measure(port: int, seconds: float, readers: int) -> list[Figure]:
    """Return the figures of a site at this port."""
    _, headers, body = asyncio.run(Connection(port).ask(BOARD))
    known = f"If-None-Match: {headers['etag']}\r\n"
    plan = (("empty", "/empty", "", 200), ("board", BOARD, "", 200), ("304", BOARD, known, 304))
    rates: dict[str, list[float]] = {name: [] for name, *_ in plan}
    for _ in range(ROUNDS):
        for name, path, more, status in plan:
            rates[name].append(asyncio.run(flat_out(port, path, more, seconds, status)))
    empty, board, unchanged = (median(rates[name]) for name in ("empty", "board", "304"))
    many = ManyReaders(port, readers, 4 * seconds)
    argv = [sys.executable, "-c", VOTING, str(many.seconds), "0.5"]
    voting = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert voting.stdout is not None
    assert voting.stdout.readline() == b"ready\n", "nothing votes"
    asyncio.run(many.read())
    told = voting.communicate()[0].decode().split()
    cast = [(float(at), int(n)) for at, n in zip(told[::2], told[1::2], strict=True)]
    late = lags(cast[:-3], many.numbers()) or [math.inf]
    p99 = quantile(many.waits, 0.99)
    size = f"{len(body) / 1000:.0f} kB"
    return [
        Figure("an address that does nothing", f"{empty:.0f} requests a second"),
        _share("the leaderboard", board, empty, SHARE, f", {size}"),
        _share("the same, unchanged (304)", unchanged, empty, SHARE_304, ""),
        Figure(
            f"{readers} readers, each once a second, {len(many.bodies)} snapshots",
            f"median {quantile(many.waits, 0.5):.1f} ms, p99 {p99:.1f} ms",
            f"p99 < {P99_MS:.0f} ms",
            p99 < P99_MS,
        ),
        Figure(f"torn bodies of {len(many.waits)}", str(many.torn), "0", not many.torn),
        Figure(
            "vote to API, beat alone",
            f"median {median(late):.2f} s, longest {max(late):.2f} s",
            f"< {FRESH_SECONDS:.0f} s",
            max(late) < FRESH_SECONDS,
        ),
    ]


def _share(name: str, rate: float, empty: float, target: float, more: str) -> Figure:
    value = f"{rate:.0f} requests a second, {rate / empty:.0%}{more}"
    return Figure(name, value, f">= {target:.0%}", rate >= target * empty)


def fill(models: int, votes: int) -> None:
    """Store so many votes where there aren't as many yet; the ledger takes all before anybody
    reads. All of them count, as a whole snapshot is told by the number of its votes."""
    from arena.battles.models import Vote
    from arena.boards.services.updating import update_live_boards
    from arena.ledger.services.folding import fold
    from tests import backlog

    missing = votes - Vote.objects.count()
    if missing > 0:
        with bar("Votes, in pieces", -(-missing // backlog.PIECE)) as ticks:
            spread = {"models": models, "days": 30, "seed": 1}
            backlog.fill(votes=missing, tick=ticks.tick, betrayed=0.0, **spread)
    fold()
    update_live_boards()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--votes", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--data", type=Path, help="folder in which the database stays")
    args = parser.parse_args(argv)

    os.environ["ARENA_RATE_READS_NETWORK"] = "1000000000/minute"
    with arena_on(args.database, args.data and args.data.absolute()):
        from django.core.management import call_command

        if args.data or args.votes > MOST_SIMULATED:
            fill(args.models, args.votes)
        else:
            call_command("simulate", models=args.models, votes=args.votes, verbosity=0)
        port = free_port()
        server = served(port)
        try:
            found = measure(port, args.seconds, args.readers)
        finally:
            server.terminate()
            server.wait()
    return conclude(f"The API on a board of {args.models} models and {args.votes} votes", found)


if __name__ == "__main__":
    sys.exit(main())
