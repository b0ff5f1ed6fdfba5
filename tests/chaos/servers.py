"""Servers die or are restarted under a steady stream of votes; no acknowledged one may be lost.

    python -m tests.chaos.servers --votes 10000 --rate 50 --kills 20        kill -9, seeded
    python -m tests.chaos.servers --only database --gentle --kills 3        restarts of PostgreSQL

Web, site's worker, clock, Redis and PostgreSQL are those of the compose file, `fsync` and the
append-only file on. A voter whose vote was not acknowledged casts it again, as a person would, and
every acknowledgement is written down outside the system. At the end each must stand in the database
as it was cast, once, and in the ledger once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import psycopg

from tests import compose
from tests.ballots import Ballot, Booth, prepare
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import UNLIMITED, until

TARGETS = ("web", "site-worker", "redis", "database")
WINDOW_SECONDS = 10.0
_BOOTHS = 64
_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_GIVE_UP = 60.0


@dataclass(slots=True)
class Poll:
    """What was seen from outside."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    """When each attempt that failed ended, by time.monotonic()."""
    kills: list[tuple[float, str]] = field(default_factory=list)

    def windows(self) -> list[float]:
        """Per kill, the seconds until the last error before the next one."""
        begins = [when for when, _ in self.kills]
        spans = pairwise([*begins, float("inf")])
        return [max([e - a for e in self.errors if a <= e < b], default=0.0) for a, b in spans]


async def vote(poll: Poll, booths: asyncio.Queue[Booth], ballot: Ballot) -> None:
    """Until it is acknowledged; its delay counts from when it was due."""
    due, pause = time.monotonic(), _PAUSE
    while time.monotonic() < due + _GIVE_UP:
        booth = await booths.get()
        try:
            status = await booth.cast(ballot)
        except ConnectionError:
            status = 0
        finally:
            booths.put_nowait(booth)
        if status == 303:
            poll.acknowledged[ballot.battle] = ballot.choice
            poll.delays.append(time.monotonic() - due)
            return
        poll.errors.append(time.monotonic())
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def steady(poll: Poll, port: int, ballots: Sequence[Ballot], rate: float) -> None:
    """So many votes a second, however long each takes."""
    booths: asyncio.Queue[Booth] = asyncio.Queue()
    for _ in range(_BOOTHS):
        booths.put_nowait(Booth(port))
    begun, tasks = time.monotonic(), []
    with bar("votes", len(ballots)) as ticks:
        for number, ballot in enumerate(ballots):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            tasks.append(asyncio.create_task(vote(poll, booths, ballot)))
            tasks[-1].add_done_callback(lambda _: ticks.tick())
        await asyncio.gather(*tasks)
    while not booths.empty():
        booths.get_nowait().close()


async def strike(
    arena: compose.Local, poll: Poll, plan: Sequence[tuple[float, str, float]], *, gentle: bool
) -> None:
    """At each moment of the plan end that service, and start it again after its pause."""
    begun = time.monotonic()
    for moment, name, pause in plan:
        await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
        poll.kills.append((time.monotonic(), name))
        if gentle:
            arena.running[name].send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            await asyncio.to_thread(arena.running.pop(name).wait)
        else:
            arena.kill(name)
        await asyncio.sleep(pause)
        await _again(arena, name)


async def _again(arena: compose.Local, name: str) -> None:
    """As an orchestrator does it: until it stays up. PostgreSQL waits for its own remains."""
    while True:
        arena.start(name)
        await asyncio.sleep(1.0)
        if arena.running[name].poll() is None:
            return


def plan_of(
    dice: random.Random, targets: Sequence[str], kills: int, seconds: float
) -> list[tuple[float, str, float]]:
    """(when, what, how long it stays away): all targets as often, in any order, over the run."""
    names = [targets[n % len(targets)] for n in range(kills)]
    dice.shuffle(names)
    share = (seconds - 5.0) / kills
    moments = [2.0 + n * share + dice.random() * share * 0.3 for n in range(kills)]
    return [
        (moment, name, 0.2 + dice.random()) for moment, name in zip(moments, names, strict=True)
    ]


def stored(arena: compose.Local) -> tuple[dict[str, str], int, int]:
    """By battle the stored choice; the ledger's entries of votes, and the votes among them."""
    choices = (
        "SELECT public_id, choice FROM battles_vote v JOIN battles_battle b ON b.id = battle_id"
    )
    entries = "SELECT count(*), count(DISTINCT vote_id) FROM leaderboard_ledgerentry"
    with psycopg.connect(arena.postgres.url()) as connection:
        found: dict[str, str] = dict(connection.execute(choices).fetchall())
        [[count, distinct]] = connection.execute(f"{entries} WHERE kind = 'vote'").fetchall()
    return found, count, distinct


def figures(arena: compose.Local, poll: Poll, votes: int) -> list[Figure]:
    """What was acknowledged against what is stored."""
    until(lambda: stored(arena)[1] >= len(stored(arena)[0]), "the ledger", 240)
    choices, entries, distinct = stored(arena)
    counts = {
        "votes that were never acknowledged": votes - len(poll.acknowledged),
        "acknowledged votes lost": sum(b not in choices for b in poll.acknowledged),
        "changed": sum(choices.get(b, c) != c for b, c in poll.acknowledged.items()),
        "twice in the ledger": entries - distinct,
        "not in the ledger": len(choices) - distinct,
    }
    longest = max(poll.windows(), default=0.0)
    struck = Counter(name for _, name in poll.kills)
    delays = [f"{1000 * quantile(poll.delays, share):.0f}" for share in (0.5, 0.99, 1.0)]
    limit = f"<= {WINDOW_SECONDS:.0f} s"
    return [
        Figure("struck", ", ".join(f"{n} {name}" for name, n in sorted(struck.items()))),
        *(Figure(name, str(count), "0", count == 0) for name, count in counts.items()),
        Figure("attempts that failed", str(len(poll.errors))),
        Figure("longest span of errors", f"{longest:.1f} s", limit, longest <= WINDOW_SECONDS),
        Figure("from due to acknowledged, p50 / p99 / max", f"{' / '.join(delays)} ms"),
    ]


async def run(arena: compose.Local, args: argparse.Namespace) -> Poll:
    """The votes and the strikes, side by side."""
    ballots = prepare(arena.environment("web"), voters=100, each=-(-args.votes // 100))
    poll, dice = Poll(), random.Random(args.seed)
    targets = [args.only] if args.only else TARGETS
    plan = plan_of(dice, targets, args.kills, args.votes / args.rate)
    await asyncio.gather(
        steady(poll, arena.ports["web"], ballots[: args.votes], args.rate),
        strike(arena, poll, plan, gentle=args.gentle),
    )
    return poll


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50.0, help="votes a second")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", choices=TARGETS)
    parser.add_argument("--gentle", action="store_true", help="restart instead of kill -9")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with compose.running(["web", "site-worker", "beat"], also=UNLIMITED) as arena:
        poll = asyncio.run(run(arena, args))
        found = figures(arena, poll, args.votes)
    return conclude("Servers that die under votes", found)


if __name__ == "__main__":
    sys.exit(main())
