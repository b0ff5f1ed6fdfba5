"""`manage.py upgrade` to the next release while this one still serves votes.

    python -m tests.chaos.migrate --votes 800 --rate 20

The next release (tests/chaos/next_release) adds columns, a constraint and an index to the tables
that every vote writes. To make it hard, a report holds those tables open for reading meanwhile:
without a lock timeout the migration would wait for it, and every vote behind the migration.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

import psycopg

from tests import compose
from tests.ballots import prepare
from tests.chaos.servers import Poll, steady, stored
from tests.figures import Figure, conclude, quantile
from tests.stack import UNLIMITED

TARGET_MS = 1000.0
SETTINGS = "tests.chaos.next_settings"
_REPORT_SECONDS = 6.0


async def report(arena: compose.Local, seconds: float) -> None:
    """A long look at the votes, as a backup or an export takes it."""
    async with await psycopg.AsyncConnection.connect(arena.postgres.url()) as connection:
        await connection.execute("SELECT count(*) FROM battles_vote")
        await connection.execute("SELECT count(*) FROM battles_battle")
        await asyncio.sleep(seconds)


async def upgrade(arena: compose.Local, after: float) -> tuple[int, float]:
    """Its exit status, and how long it took."""
    await asyncio.sleep(after)
    reading = asyncio.create_task(report(arena, _REPORT_SECONDS))
    await asyncio.sleep(0.5)
    began = time.monotonic()
    arena.also = {**arena.also, "DJANGO_SETTINGS_MODULE": SETTINGS}
    status = await asyncio.to_thread(arena.run, "migrate", arena.services["migrate"]["command"])
    await reading
    assert status == 0, arena.log("migrate")[-2000:]
    return status, time.monotonic() - began


async def run(arena: compose.Local, votes: int, rate: float) -> list[Figure]:
    """Votes all the time, the upgrade in their midst."""
    ballots = prepare(arena.environment("web"), voters=20, each=-(-votes // 20))[:votes]
    poll = Poll()
    (status, seconds), _ = await asyncio.gather(
        upgrade(arena, after=votes / rate / 4), steady(poll, arena.ports["web"], ballots, rate)
    )
    choices, _, _ = stored(arena)
    p99 = 1000 * quantile(poll.delays, 0.99)
    retries = arena.log("migrate").count("trying again")
    failed, lost = len(poll.errors), sum(b not in choices for b in poll.acknowledged)
    return [
        Figure("upgrade", f"{seconds:.1f} s, status {status}", "0", status == 0),
        Figure("times that it gave way", str(retries)),
        Figure("votes that failed", f"{failed} of {votes}", "0", failed == 0),
        Figure("acknowledged votes lost", str(lost), "0", lost == 0),
        Figure("votes, p50", f"{1000 * quantile(poll.delays, 0.5):.0f} ms"),
        Figure("votes, p99", f"{p99:.0f} ms", f"< {TARGET_MS:.0f} ms", p99 < TARGET_MS),
        Figure("votes, longest", f"{1000 * max(poll.delays):.0f} ms"),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=800)
    parser.add_argument("--rate", type=float, default=20.0, help="votes a second")
    args = parser.parse_args(argv)
    with compose.running(["web", "site-worker", "beat"], also=UNLIMITED) as arena:
        figures = asyncio.run(run(arena, args.votes, args.rate))
    return conclude("An upgrade under votes", figures)


if __name__ == "__main__":
    sys.exit(main())
