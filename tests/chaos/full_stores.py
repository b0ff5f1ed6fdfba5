"""Redis full, the pictures' disk full, the line full: each for a while, under a site at work.

    python -m tests.chaos.full_stores --starts 150

While a store is full a new battle is refused with 503 and a time to come back, votes are stored,
and no program ends; once there is room again a battle runs to its vote, and nobody has started
anything anew. For the line a worker with room for four gets ``--starts`` battles at once: each is
answered with a place or a refusal, and whatever has a place comes to its vote. The disk is a small
tmpfs, so that part needs the right to mount and is left out without it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import OutOfMemoryError

from tests.figures import Figure, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor, picture

ROOM = {"ARENA_WORKER_CONCURRENCY": "4", "ARENA_DISK_FREE_BYTES": str(8 << 20)}
CARDS = (
    Card("quiet-heron", "tag=one,tokens=60,rate=20", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,tokens=70,rate=20", "Amber Newt XL"),
)
VOTED = (
    "SELECT public_id FROM battles_battle JOIN battles_vote v ON v.battle_id = battles_battle.id"
)
DISK_BYTES = 24 << 20
REDIS_ROOM = 4 << 20
PATIENCE = 150.0


@dataclass(slots=True)
class Episode:
    """What was seen while one store was full, and after it."""

    store: str
    answers: Counter[int] = field(default_factory=Counter)
    """To battles that were asked for meanwhile, by status."""
    slowest: float = 0.0
    """Of the refusals, in seconds."""
    hopeless: int = 0
    """Refusals without a time to come back."""
    votes: Counter[int] = field(default_factory=Counter)
    """Answers to votes that were cast meanwhile."""
    lost: int = 0
    """Those of them that do not stand in the database."""
    before: str = ""
    """How the battle ended that ran when it became full."""
    after: str = ""
    """How a battle ended that was asked for once there was room again."""
    ended: list[str] = field(default_factory=list)
    """Programs that ended."""


async def endure(stack: Stack, store: str, filled: AbstractContextManager[None]) -> Episode:
    """Fill one store while a battle runs and two wait for their votes."""
    found = Episode(store)
    async with Visitor(stack.address) as visitor:
        await visitor.enrol()
        open_ones = [await visitor.send() for _ in range(2)]
        await asyncio.gather(*(visitor.watch(one) for one in open_ones))
        page = asyncio.create_task(visitor.watch(await visitor.send()))
        await asyncio.sleep(1)
        with filled:
            await _ask(visitor, found, times=10)
            for battle in open_ones:
                found.votes[(await visitor.vote(battle, "a")).status_code] += 1
            await asyncio.sleep(6)  # a lease's life: who can't renew has lost it by now
            found.ended = stack.ended()
        found.before = (await asyncio.wait_for(page, PATIENCE)).state
        again = await _admitted(visitor)
        found.after = (await asyncio.wait_for(visitor.watch(again), PATIENCE)).state
    stored = {f"/battles/{row['public_id']}/" for row in stack.rows(VOTED)}
    found.lost = len(set(open_ones) - stored)
    found.ended += stack.ended()
    return found


async def _ask(visitor: Visitor, found: Episode, *, times: int) -> None:
    for _ in range(times):
        began = time.monotonic()
        response = await visitor.offer(picture())
        found.answers[response.status_code] += 1
        found.slowest = max(found.slowest, time.monotonic() - began)
        found.hopeless += not response.headers.get("Retry-After")


async def _admitted(visitor: Visitor) -> str:
    """Ask until there is room; whoever was told to come back does."""
    deadline = time.monotonic() + PATIENCE
    while (response := await visitor.offer(picture())).status_code != 201:
        assert time.monotonic() < deadline, f"still {response.status_code}"
        await asyncio.sleep(0.5)
    url: str = response.json()["url"]
    return url


@contextlib.contextmanager
def full_redis(stack: Stack) -> Iterator[None]:
    """Little room, and ballast in all of it."""
    limit = stack.redis.config_get("maxmemory")["maxmemory"]  # type: ignore[index]  # typed for both clients
    used = stack.redis.info("memory")["used_memory"]  # type: ignore[index]  # as above
    stack.redis.config_set("maxmemory", used + REDIS_ROOM)
    number = 0
    for size in (100_000, 100):
        with contextlib.suppress(OutOfMemoryError):
            while True:
                number += 1
                stack.redis.set(f"ballast:{number}", b"x" * size)
    try:
        yield
    finally:
        stack.redis.delete(*(f"ballast:{n}" for n in range(1, number + 1)))
        stack.redis.config_set("maxmemory", limit)


@contextlib.contextmanager
def small_disk(stack: Stack) -> Iterator[bool]:
    """The pictures' folder becomes a disk of its own; False where that may not be."""
    folder = stack.folder.path / "media"
    folder.mkdir(exist_ok=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(argv, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Ballast until nothing more goes on it."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65_536)
    try:
        yield
    finally:
        ballast.unlink()


@dataclass(slots=True)
class Rush:
    """Many starts at once on a worker with little room."""

    places: int = 0
    refusals: int = 0
    odd: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    """Of the refusals, in seconds."""
    ends: Counter[str] = field(default_factory=Counter)


async def rush(stack: Stack, *, starts: int) -> Rush:
    """Everybody is on the page already, and sends at the same moment."""
    found = Rush()
    async with contextlib.AsyncExitStack() as visitors:
        crowd = [await visitors.enter_async_context(Visitor(stack.address)) for _ in range(starts)]
        urls = await asyncio.gather(*(_start(visitor, found) for visitor in crowd))
        pairs = [(visitor, url) for visitor, url in zip(crowd, urls, strict=True) if url]
        screens = await asyncio.gather(
            *(asyncio.wait_for(visitor.watch(url), PATIENCE) for visitor, url in pairs),
            return_exceptions=True,
        )
    for screen in screens:
        found.ends["stuck" if isinstance(screen, BaseException) else screen.state] += 1
    return found


async def _start(visitor: Visitor, found: Rush) -> str:
    began = time.monotonic()
    response = await visitor.offer(picture())
    if response.status_code == 201:
        found.places += 1
        return str(response.json()["url"])
    if response.status_code == 503 and response.headers.get("Retry-After"):
        found.refusals += 1
        found.slowest = max(found.slowest, time.monotonic() - began)
    else:
        found.odd[response.status_code] += 1
    return ""


def figures(episodes: Sequence[Episode], line: Rush) -> list[Figure]:
    """The table; a target that is missed is not ok."""
    return [figure for one in episodes for figure in _of_episode(one)] + _of_rush(line)


def _of_episode(one: Episode) -> list[Figure]:
    full, clear = f"{one.store} full:", set(one.answers) == {503} and not one.hopeless
    voted = set(one.votes) == {200} and one.lost == 0
    votes = f"{dict(one.votes)}, {one.lost} lost"
    return [
        Figure(f"{full} new battles", str(dict(one.answers)), "all 503, with a time", clear),
        _quick(f"{full} slowest refusal", one.slowest),
        Figure(f"{full} votes", votes, "all 200, none lost", voted),
        Figure(f"{full} the battle that ran", one.before, "its vote", one.before == "voting"),
        Figure(f"{one.store} again: new battle", one.after, "its vote", one.after == "voting"),
        Figure(f"{one.store}: programs that ended", str(one.ended or 0), "0", not one.ended),
    ]


def _of_rush(line: Rush) -> list[Figure]:
    answered = line.places > 0 and line.refusals > 0
    well = set(line.ends) == {"voting"} and line.ends["voting"] == line.places
    answers = f"{line.places}, {line.refusals}"
    return [
        Figure("line full: places, refusals", answers, "some of both", answered),
        Figure("line full: odd answers", str(dict(line.odd) or 0), "0", not line.odd),
        _quick("line full: slowest refusal", line.slowest),
        Figure("line full: who had a place", str(dict(line.ends)), "all come to the vote", well),
    ]


def _quick(name: str, seconds: float) -> Figure:
    return Figure(name, f"{seconds:.3f} s", "0.2 s", seconds < 0.2)


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=150)
    told = parser.parse_args(argv)
    with running(cards=CARDS, settings=ROOM) as stack, bar("full stores", 3) as shown:
        episodes = [asyncio.run(endure(stack, "Redis", full_redis(stack)))]
        shown.tick()
        with small_disk(stack) as mounted:
            if mounted:
                disk = full_disk(stack.folder.path / "media")
                episodes.append(asyncio.run(endure(stack, "disk", disk)))
            shown.tick()
        line = asyncio.run(rush(stack, starts=told.starts))
        shown.tick()
    return conclude("Full stores", figures(episodes, line))


if __name__ == "__main__":
    sys.exit(main())
