"""Many open sockets on one web process while a hundred battles stream.

    python -m tests.bench.open_sockets --sockets 1000 --battles 100 --rate 5

Most visitors read: their battles wait for the vote, and their sockets stay open beside those of the
battles that run. Client, site, workers, Valkey and database share the machine; added_latency says
what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import psutil

from tests.bench.added_latency import _CROWD, Reader, crowd, figures
from tests.bench.first_text import slow_cards
from tests.figures import Figure, Ticks, bar, conclude
from tests.stack import Stack, running
from tests.visitor import Frame, Visitor

TARGET_MS, TARGET_MB = 500.0, 600.0


async def run(
    stack: Stack, *, sockets: int, battles: int, ticks: Ticks
) -> tuple[list[Reader], int, float]:
    """The running battles' readers, the idle sockets still open at their end, and the web's MB."""
    async with Visitor(stack.address) as reader, AsyncExitStack() as open_ones:
        await reader.enrol()
        battle = await reader.send()
        await reader.watch(battle)
        idle = []
        for _ in range(sockets - battles):
            frames = await open_ones.enter_async_context(reader.watching(battle))
            await anext(frames)
            idle.append(asyncio.create_task(_outlast(frames)))
        readers = await crowd(stack, battles=battles, per_second=10.0, tick=ticks.tick)
        memory = psutil.Process(stack.pid("web")).memory_info().rss / 1e6
        alive = sum(not task.done() for task in idle)
        for task in idle:
            task.cancel()
    return readers, alive, memory


async def _outlast(frames: AsyncIterator[Frame]) -> None:
    async for _ in frames:
        pass


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--battles", type=int, default=100)
    parser.add_argument("--rate", type=float, default=5.0, help="tokens per second and side")
    parser.add_argument("--tokens", type=int, default=125, help="of each answer")
    args = parser.parse_args(argv)
    cards = slow_cards(rate=args.rate, tokens=args.tokens)
    with running(cards=cards, settings=_CROWD) as stack, bar("battles", args.battles) as ticks:
        readers, alive, memory = asyncio.run(
            run(stack, sockets=args.sockets, battles=args.battles, ticks=ticks)
        )
    found = figures(readers, tokens=args.tokens, target_ms=TARGET_MS)
    expected = args.sockets - args.battles
    found += [
        Figure("idle sockets still open", f"{alive} of {expected}", "all", alive == expected),
        Figure("memory of web", f"{memory:.0f} MB", f"< {TARGET_MB:.0f} MB", memory < TARGET_MB),
    ]
    return conclude(f"{args.sockets} open sockets", found)


if __name__ == "__main__":
    sys.exit(main())
