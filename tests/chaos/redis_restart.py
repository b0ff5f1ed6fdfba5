"""kill -9 of Redis under running battles, and a new one that remembers nothing.

    python -m tests.chaos.redis_restart --battles 20

Some battles are voted on before, some while Redis is down, the others run. Redis dies at a seeded
moment and comes back empty after ``--down`` seconds, on the same port. After ``--patience`` seconds
no battle may be stuck: every one is open for a vote, or has failed and can be tried again; a new
battle runs to its end; no vote is refused, and every acknowledged one stands in the database.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import WebSocketException

from tests.figures import Figure, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor

CHOICES = ("a", "b", "tie", "both_bad")
CARDS = (
    Card("quiet-heron", "tag=one,rate=12,tokens=120", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,rate=15,tokens=150", "Amber Newt XL"),
)
CROWD = {"ARENA_WORKER_CONCURRENCY": "64", "ARENA_WORKER_SLOTS": "64"}
LIVE = "generating"


@dataclass(slots=True)
class Aftermath:
    """What became of the battles and the votes."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """By battle, the choice that was answered with success, before or while Redis was down."""
    refused: int = 0
    """Votes that were refused because Redis was down."""
    stored: dict[str, str] = field(default_factory=dict)
    hit: int = 0
    """Battles that were running when Redis died."""
    states: Counter[str] = field(default_factory=Counter)
    settled: float = 0.0
    """Seconds from Redis' return until no battle was live."""
    sockets: Counter[str] = field(default_factory=Counter)
    """Where the pages of the running battles ended up without a reload."""
    served: bool = False
    """Whether a new battle ran to its end afterwards."""

    @property
    def stuck(self) -> int:
        return self.states[LIVE]

    @property
    def changed(self) -> int:
        """Acknowledged votes that are not stored as they were."""
        return sum(self.stored.get(b) != choice for b, choice in self.acknowledged.items())


async def restart(
    stack: Stack,
    *,
    battles: int,
    votes: int,
    seed: int,
    down: float,
    patience: float,
    pause: float = 2.0,
    tick: Callable[[], None] = lambda: None,
) -> Aftermath:
    """Half of ``votes`` are cast first, then ``battles`` run while Redis dies, then the other half.

    ``pause`` is the longest time in seconds from the last start to its death.
    """
    dice, found = random.Random(seed), Aftermath()
    async with Visitor(stack.address) as visitor:
        await visitor.enrol()
        open_ones = await asyncio.gather(*(_answered(visitor, tick) for _ in range(votes)))
        before, meanwhile = open_ones[::2], open_ones[1::2]
        await _vote(visitor, before, dice, found)
        running_ones = [await visitor.send() for _ in range(battles)]
        pages = [asyncio.create_task(_watch(visitor, one, tick)) for one in running_ones]
        await asyncio.sleep(dice.random() * pause)
        found.hit = _live(stack)
        stack.kill("valkey")
        await asyncio.sleep(down)
        found.refused = await _vote(visitor, meanwhile, dice, found)
        stack.launch("valkey")
        found.settled = await _settle(stack, patience)
        found.states = Counter(_states(stack, running_ones))
        found.sockets = Counter(await _endings(pages))
        found.served = await _serves(stack)
    found.stored = {row["public_id"]: row["choice"] for row in stack.rows(_VOTES)}
    return found


_VOTES = (
    "SELECT b.public_id, v.choice FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id"
)


async def _answered(visitor: Visitor, tick: Callable[[], None]) -> str:
    """A battle that is open for its vote."""
    battle = await visitor.send()
    await visitor.watch(battle)
    tick()
    return battle


async def _vote(
    visitor: Visitor, battles: Sequence[str], dice: random.Random, found: Aftermath
) -> int:
    """Vote on all of them; returns how many votes were refused."""
    choices = [dice.choice(CHOICES) for _ in battles]
    answers = await asyncio.gather(*map(visitor.vote, battles, choices))
    for battle, choice, answer in zip(battles, choices, answers, strict=True):
        if answer.is_success:
            found.acknowledged[battle.split("/")[2]] = choice
    return sum(not answer.is_success for answer in answers)


async def _watch(visitor: Visitor, battle: str, tick: Callable[[], None]) -> str:
    """As the page does: a socket that is cut is opened again."""
    while True:
        try:
            screen = await visitor.watch(battle)
        except (OSError, WebSocketException):
            await asyncio.sleep(0.5)
            continue
        if screen.state not in ("", LIVE):
            tick()
            return screen.state


async def _settle(stack: Stack, patience: float) -> float:
    """Seconds until no battle was live; infinite past ``patience``."""
    began = time.monotonic()
    while time.monotonic() < began + patience:
        if not _live(stack):
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    return float("inf")


def _live(stack: Stack) -> int:
    query = "SELECT count(*) AS n FROM battles_battle WHERE state = ?"
    return int(stack.rows(query, LIVE)[0]["n"])


def _states(stack: Stack, battles: Sequence[str]) -> list[str]:
    states = {
        row["public_id"]: str(row["state"])
        for row in stack.rows("SELECT public_id, state FROM battles_battle")
    }
    return [states[battle.split("/")[2]] for battle in battles]


async def _endings(pages: Sequence[asyncio.Task[str]]) -> list[str]:
    _, late = await asyncio.wait(pages, timeout=60)
    for page in late:
        page.cancel()
    return ["not told" if page in late else page.result() for page in pages]


async def _serves(stack: Stack) -> bool:
    try:
        async with Visitor(stack.address) as visitor:
            screen = await asyncio.wait_for(visitor.watch(await visitor.send()), 120)
    except (httpx.HTTPError, TimeoutError, WebSocketException, OSError):
        return False
    return screen.state == "voting"


def figures(found: Aftermath, *, patience: float) -> list[Figure]:
    """The table's rows."""
    pages = ", ".join(f"{count}x {state}" for state, count in found.sockets.items())
    states = ", ".join(f"{count}x {state}" for state, count in found.states.items())
    untold = found.sockets["not told"]
    return [
        Figure("battles running when Redis died", str(found.hit), "> 0", found.hit > 0),
        Figure(f"stuck {patience:.0f} s after its return", str(found.stuck), "0", not found.stuck),
        Figure("what became of them", states, "", None),
        Figure("seconds until the last was over", f"{found.settled:.1f}", "", None),
        Figure("what their open pages were told", pages, "all told", not untold),
        Figure(
            "acknowledged votes lost or changed",
            f"{found.changed} of {len(found.acknowledged)}",
            "0",
            found.changed == 0,
        ),
        Figure("votes refused without Redis", str(found.refused), "0", found.refused == 0),
        Figure("a new battle runs", "yes" if found.served else "no", "yes", found.served),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=20, help="running when Redis dies")
    parser.add_argument("--votes", type=int, default=10, help="half of them without Redis")
    parser.add_argument("--down", type=float, default=1.0, help="seconds without Redis")
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    given = {"battles": args.battles, "votes": args.votes, "seed": args.seed}
    total = args.battles + args.votes
    with running(cards=CARDS, settings=CROWD) as stack, bar("Battles", total) as ticks:
        found = asyncio.run(
            restart(stack, **given, down=args.down, patience=args.patience, tick=ticks.tick)
        )
    return conclude("Redis killed and empty again", figures(found, patience=args.patience))


if __name__ == "__main__":
    sys.exit(main())
