"""Pictures of noise at the full rate, skipped at once, with honest voters beside them.

    python -m tests.chaos.noise_uploads --networks 50 --seconds 600

The stack has the limits that the site has by default, and Redis the memory that compose gives it.
Each upload is a new picture of nearly ten megabytes that nothing compresses. Honest voters come
from networks of their own, ask, wait for both answers and vote. At the end pictures without a vote
are collected, and what is left on the disk is compared with what votes rest on.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from tests.figures import Figure, bar, conclude
from tests.stack import Stack, running
from tests.visitor import Visitor, picture

SIDE = 1790
LIMITS = {
    "ARENA_PROXY_HOPS": "1",
    "ARENA_RATE_BATTLES": "20/minute",
    "ARENA_RATE_BATTLES_NETWORK": "60/minute",
    "ARENA_RATE_VOTES": "60/minute",
    "ARENA_RATE_READS_NETWORK": "3000/minute",
    "ARENA_PICTURE_HOURS": "0",
}
"""Those of the site's defaults that a stack for tests lifts, and no time before the collection."""
COLLECT = "from arena.orchestration.services import collect_pictures; collect_pictures()"
REFUSALS = frozenset({429, 503})


@dataclass(slots=True)
class Found:
    """What came back, and what it cost."""

    noise: Counter[int] = field(default_factory=Counter)
    """Answers to uploads of noise, by status."""
    accepted: int = 0
    """Honest battles that were accepted."""
    ends: Counter[str] = field(default_factory=Counter)
    """How they ended."""
    refused: list[float] = field(default_factory=list)
    """Seconds that each refusal of an honest voter took."""
    odd: Counter[str] = field(default_factory=Counter)
    """Answers that are neither a battle nor a refusal, and failures of the connection."""
    redis: float = 0.0
    """The largest share of its limit that Redis used."""
    disk: int = 0
    """The most bytes of pictures on the disk."""
    left: int = 0
    """Bytes of pictures after the collection."""
    needed: int = 0
    """Bytes of the pictures that votes rest on."""
    ended: list[str] = field(default_factory=list)
    """Programs that ended."""


def noise() -> bytes:
    """Return a PNG of nearly ten megabytes that no two calls give and nothing compresses."""
    rows = b"".join(b"\0" + os.urandom(SIDE * 3) for _ in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(named: tuple[bytes, bytes]) -> bytes:
    name, data = named
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


async def siege(stack: Stack, *, networks: int, senders: int, voters: int, seconds: float) -> Found:
    """Let both kinds of visitor run for so long, then collect and count."""
    found, until = Found(), time.monotonic() + seconds
    turns = itertools.cycle(range(networks))
    tasks = [_flood(stack.address, turns, until, found) for _ in range(senders)]
    tasks += [_vote(stack.address, number, until, found) for number in range(voters)]
    watch = asyncio.create_task(_watch(stack, found))
    await asyncio.gather(*tasks)
    watch.cancel()
    found.ended = stack.ended()
    await asyncio.to_thread(_collect, stack, found)
    return found


async def _flood(address: str, turns: Iterator[int], until: float, found: Found) -> None:
    """Each upload comes from the next network and is somebody new's."""
    while time.monotonic() < until:
        try:
            async with Visitor(address, network=f"10.{next(turns)}.0.1") as visitor:
                response = await visitor.offer(await asyncio.to_thread(noise))
                found.noise[response.status_code] += 1
                if response.status_code == 201:
                    await visitor.post(f"{response.json()['url']}skip")
        except httpx.HTTPStatusError as error:  # its first page is over a limit, too
            found.noise[error.response.status_code] += 1
        except httpx.TransportError as error:
            found.odd[f"noise: {type(error).__name__}"] += 1


async def _vote(address: str, number: int, until: float, found: Found) -> None:
    async with Visitor(address, network=f"192.{number}.2.1") as visitor:
        while time.monotonic() < until:
            began = time.monotonic()
            response = await visitor.offer(picture())
            if response.status_code == 201:
                found.accepted += 1
                found.ends[await _to_the_vote(visitor, response.json()["url"])] += 1
            elif response.status_code in REFUSALS and int(response.headers["Retry-After"]):
                found.refused.append(time.monotonic() - began)
            else:
                found.odd[f"honest: {response.status_code}"] += 1
            await asyncio.sleep(max(0.0, began + 4.0 - time.monotonic()))  # 15 a minute: no more


async def _to_the_vote(visitor: Visitor, battle: str) -> str:
    try:
        screen = await asyncio.wait_for(visitor.watch(battle), 120)
    except TimeoutError:
        return "stuck"
    if screen.state != "voting":
        return screen.state or "socket closed"
    answer = await visitor.vote(battle, "a")
    return "voted" if answer.status_code == 200 else f"vote {answer.status_code}"


async def _watch(stack: Stack, found: Found) -> None:
    while True:
        memory = stack.redis.info("memory")
        found.redis = max(found.redis, memory["used_memory"] / memory["maxmemory"])  # type: ignore[index]  # typed for both clients
        found.disk = max(found.disk, await asyncio.to_thread(_on_disk, stack))
        await asyncio.sleep(0.5)


def _on_disk(stack: Stack) -> int:
    files = (stack.folder.path / "media").rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def _collect(stack: Stack, found: Found) -> None:
    stack.execute("UPDATE battles_battle SET state = 'expired' WHERE state != 'voted'")
    stack.call(COLLECT)
    found.left = _on_disk(stack)
    kept = "SELECT size FROM battles_image WHERE digest IN (SELECT image_id FROM battles_turn"
    voted = " JOIN battles_battle b ON b.id = battle_id WHERE b.state = 'voted')"
    found.needed = sum(row["size"] for row in stack.rows(kept + voted))


def figures(found: Found) -> list[Figure]:
    """The table; a target that is missed is not ok."""
    slowest = max(found.refused, default=0.0)
    refused = f"{len(found.refused)}, slowest {slowest:.3f} s"
    accepted = f"{found.accepted}: "
    redis = f"{found.redis:.0%} of its limit"
    noise = ", ".join(f"{count} x {status}" for status, count in sorted(found.noise.items()))
    ends = ", ".join(f"{count} {end}" for end, count in found.ends.items())
    well = found.ends["voted"] == found.accepted > 0
    return [
        Figure("noise uploads", noise),
        Figure("honest battles that were accepted", accepted + ends, "all end well", well),
        Figure("honest visitors refused", refused, "0.2 s", slowest < 0.2),
        Figure("odd answers", str(dict(found.odd) or 0), "0", not found.odd),
        Figure("Redis at most", redis, "80%", found.redis < 0.8),
        Figure("pictures on the disk at most", f"{found.disk / 1e6:.0f} MB"),
        Figure(
            "pictures after collection",
            f"{found.left / 1e6:.2f} MB for {found.needed / 1e6:.2f} MB that votes rest on",
            "within 5%",
            found.left <= found.needed * 1.05,
        ),
        Figure("programs that ended", str(found.ended or 0), "0", not found.ended),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", type=int, default=50)
    parser.add_argument("--senders", type=int, default=4, help="uploads at the same time")
    parser.add_argument("--voters", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=600)
    told = parser.parse_args(argv)
    with running(settings=LIMITS) as stack, bar("noise", 1) as shown:
        found = asyncio.run(
            siege(
                stack,
                networks=told.networks,
                senders=told.senders,
                voters=told.voters,
                seconds=told.seconds,
            )
        )
        shown.tick()
    title = f"Noise from {told.networks} networks for {told.seconds:.0f} s"
    return conclude(title, figures(found))


if __name__ == "__main__":
    sys.exit(main())
