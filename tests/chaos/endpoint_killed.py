"""One of ten endpoints dies under battles; then the only worker of the queue goes.

    python -m tests.chaos.endpoint_killed --battles 500

Each endpoint is a process on loopback. One, drawn by the seed, is killed after a tenth of the
battles. From then on, fewer than one battle in fifty may touch it, and the first check that is due
once it answers again has to bring it back: the longer it was out, the later that is (decision 26).
At last the only inference worker is killed under running battles: nobody waits longer than ten
seconds for the news, and new questions are refused at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from arena.bootstrap.environment import ROOT
from arena.catalog.states import LONGEST_DELAY
from arena.catalog.states import ROW as FAILURES
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import FIRST_VERSION, Card, Stack, running
from tests.visitor import Visitor

SETTINGS = {"ARENA_ENDPOINT_ALLOW": "127.0.0.1"}
LONGEST_WAIT = 10.0
SHARE = 0.02
VISITORS = 4
BACK_SECONDS = 120.0
"""From the moment at which a check is due until the version is drawn again."""
_DUE = (
    "SELECT check_at, asked_at IS NOT NULL AS asked FROM catalog_versionhealth WHERE state = 'out'"
)


@dataclass(slots=True)
class Endpoints:
    """Processes by the number of their card, and where they listen."""

    running: list[subprocess.Popen[str]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def cards(self) -> list[Card]:
        """One for each."""
        urls = [f"http://127.0.0.1:{port}/v1" for port in self.ports]
        return [
            Card(f"model-{n}", f"served-{n}", f"Model {n}", backend="openai", base_url=url)
            for n, url in enumerate(urls)
        ]


@dataclass(slots=True)
class Afterwards:
    """What became of the battles."""

    battles: int = 0
    touched: int = 0
    """Battles that the dead endpoint took part in, of those that began after its death."""
    failed: int = 0
    """Battles that failed without it."""
    noticed: float = float("inf")
    """Seconds from its third failure until it was out of the draw."""
    waits: list[float] = field(default_factory=list)
    """From the worker's death to the news, for each battle that was running."""
    open_ends: int = 0
    """Running battles that were told nothing in time."""
    refusals: list[int] = field(default_factory=list)
    """Statuses of what was asked once the worker was known to be gone."""


@contextlib.contextmanager
def speaking(count: int) -> Iterator[Endpoints]:
    """So many endpoints for as long as the block runs."""
    found = Endpoints()
    try:
        found.running += [_listening(0) for _ in range(count)]
        for process in found.running:
            assert process.stdout is not None
            found.ports.append(int(process.stdout.readline()))
        yield found
    finally:
        for process in found.running:
            process.kill()
            process.communicate()


def _listening(port: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.chaos.lone_endpoint", str(port)]
    return subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


async def kill_one(
    stack: Stack,
    endpoints: Endpoints,
    found: Afterwards,
    *,
    battles: int,
    seed: int,
    tick: Callable[[], None],
) -> None:
    """Battles and votes by a few visitors, until there were so many after the death."""
    dice = random.Random(seed)
    dead = dice.randrange(len(endpoints.running))
    died, left = asyncio.Event(), iter(range(battles))
    after: list[str] = []

    async def visit() -> None:
        async with Visitor(stack.address) as visitor:
            for number in left:
                if number == battles // 10 and not died.is_set():
                    endpoints.running[dead].kill()
                    died.set()
                battle = await visitor.send()
                if died.is_set():
                    after.append(battle.split("/")[2])
                screen = await visitor.watch(battle)
                if screen.state == "voting":
                    await visitor.vote(battle, dice.choice(("a", "b", "tie")))
                tick()

    await asyncio.gather(*(visit() for _ in range(VISITORS)))
    _judge(stack, found, set(after), FIRST_VERSION + dead)


def _judge(stack: Stack, found: Afterwards, after: set[str], dead: int) -> None:
    query = (
        "SELECT b.public_id, b.state, g.version_id FROM battles_battle b"
        " JOIN battles_turn t ON t.battle_id = b.id JOIN battles_generation g ON g.turn_id = t.id"
    )
    rows = [row for row in stack.rows(query) if row["public_id"] in after]
    touched = {row["public_id"] for row in rows if row["version_id"] == dead}
    query = (
        "SELECT b.public_id FROM battles_sidereplacement r"
        " JOIN battles_generation g ON g.id = r.generation_id"
        " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
        " WHERE r.failed_id = ?"
    )
    touched |= {row["public_id"] for row in stack.rows(query, dead)} & after
    failed = {row["public_id"] for row in rows if row["state"] == "failed"}
    found.battles, found.touched = len(after), len(touched)
    found.failed = len(failed - touched)
    query = (
        "SELECT ended_at FROM battles_generation WHERE version_id = ? AND state = 'failed'"
        " UNION ALL SELECT created_at FROM battles_sidereplacement WHERE failed_id = ?"
    )
    ends = sorted(_moment(row["ended_at"]) for row in stack.rows(query, dead, dead))
    query = "SELECT since FROM catalog_versionhealth WHERE version_id = ?"
    for row in stack.rows(query, dead):
        if row["since"] and len(ends) >= FAILURES:
            found.noticed = (_moment(row["since"]) - ends[FAILURES - 1]).total_seconds()


def _moment(stored: datetime | str) -> datetime:
    """SQLite has no type for it, and stores UTC."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored


async def retire_worker(stack: Stack, found: Afterwards, *, battles: int) -> None:
    """Battles run, and wait, when the only worker goes; nobody starts another."""
    async with Visitor(stack.address) as visitor:
        await visitor.enrol()
        sent = [await visitor.send() for _ in range(battles)]
        stack.kill("inference")
        began = time.monotonic()
        pages = [asyncio.create_task(visitor.watch(one)) for one in sent]
        for page in pages:
            page.add_done_callback(lambda _: found.waits.append(time.monotonic() - began))
        _, late = await asyncio.wait(pages, timeout=12 * LONGEST_WAIT)
        found.open_ends = len(late)
        for page in late:
            page.cancel()
        found.refusals = [(await visitor.http.get("/")).status_code for _ in range(3)]


def come_back(stack: Stack, endpoints: Endpoints) -> float:
    """Let something answer where an endpoint was; return what ``seconds_late`` does."""
    for number, process in enumerate(endpoints.running):
        if process.poll() is not None:
            process.communicate()
            endpoints.running[number] = _listening(endpoints.ports[number])
    return seconds_late(lambda: stack.rows(_DUE), BACK_SECONDS)


def seconds_late(read: Callable[[], Sequence[Mapping[str, Any]]], patience: float) -> float:
    """Return the seconds from the moment at which the last check of a version was due until no
    version is out of the draw; infinity after so many. A check that was under way at the beginning
    may fail once more: then the next one counts."""
    due, most = datetime.now(UTC), LONGEST_DELAY.total_seconds() + patience
    deadline = time.monotonic() + most
    while rows := read():
        due = max([due, *(_moment(row["check_at"]) for row in rows if not row["asked"])])
        if time.monotonic() > deadline or (datetime.now(UTC) - due).total_seconds() > patience:
            return float("inf")
        time.sleep(0.2)
    return max(0.0, (datetime.now(UTC) - due).total_seconds())


def figures(found: Afterwards, back: float | None) -> list[Figure]:
    """The table's rows."""
    share = found.touched / max(found.battles, 1)
    longest = max(found.waits, default=float("inf"))
    late = float("inf") if back is None else back
    what = "seconds from the check that is due once it answers until it is drawn"
    returned = Figure(what, f"{late:.1f}", f"<= {BACK_SECONDS:.0f}", late <= BACK_SECONDS)
    return [
        Figure(
            "battles after its death that touched the dead endpoint",
            f"{found.touched} of {found.battles} ({100 * share:.1f} %)",
            f"< {100 * SHARE:.0f} %",
            share < SHARE,
        ),
        Figure("battles that failed without it", str(found.failed), "0", not found.failed),
        Figure(
            "seconds from its third failure until it was out",
            f"{found.noticed:.2f}",
            f"<= {LONGEST_WAIT:.0f}",
            found.noticed <= LONGEST_WAIT,
        ),
        *([returned] if back is not None else []),
        Figure(
            "wait for the news that the only worker has gone, median / longest",
            f"{quantile(found.waits, 0.5):.1f} / {longest:.1f} s" if found.waits else "none",
            f"<= {LONGEST_WAIT:.0f} s",
            longest <= LONGEST_WAIT and not found.open_ends,
        ),
        Figure("first page afterwards", str(found.refusals), "503", set(found.refusals) == {503}),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=500)
    parser.add_argument("--endpoints", type=int, default=10)
    parser.add_argument(
        "--no-back", dest="back", action="store_false", help="do not wait for the check"
    )
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    found = Afterwards()
    with (
        speaking(args.endpoints) as endpoints,
        running(cards=endpoints.cards(), settings=SETTINGS) as stack,
        bar("Battles", args.battles) as ticks,
    ):
        given = {"battles": args.battles, "seed": args.seed, "tick": ticks.tick}
        asyncio.run(kill_one(stack, endpoints, found, **given))
        back = come_back(stack, endpoints) if args.back else None
        asyncio.run(retire_worker(stack, found, battles=10))
    return conclude("An endpoint dies, then the only worker", figures(found, back))


if __name__ == "__main__":
    sys.exit(main())
