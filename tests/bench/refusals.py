"""The processor time that a refused battle costs the web process.

    python -m tests.bench.refusals --count 200

The site is full from its start: it wants more of its disk than there is. Eight visitors at a time
send pictures, as a script of ours does and as a form without scripts does; every answer is 503.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence

import psutil

from tests.figures import Figure, bar, conclude
from tests.stack import SCRIPTED, Stack, running
from tests.visitor import Visitor, picture

FULL = {"ARENA_DISK_FREE_BYTES": str(1 << 60)}
AT_ONCE = 8
TARGET_MS = 1.0


async def refusals(stack: Stack, count: int, image: bytes, accept: str) -> tuple[float, float]:
    """Return milliseconds of the web process and of the clock, each by refusal."""
    async with Visitor(stack.address) as visitor:
        await visitor.get("/")
        web = psutil.Process(stack.pid("web"))
        turns = asyncio.Semaphore(AT_ONCE)

        async def ask() -> None:
            async with turns:
                response = await visitor.offer(image, accept=accept)
            assert response.status_code == 503, response.status_code
            assert response.headers["Retry-After"]

        await ask()
        before, began = web.cpu_times(), time.monotonic()
        await asyncio.gather(*(ask() for _ in range(count)))
        spent, passed = web.cpu_times(), time.monotonic() - began
    used = spent.user + spent.system - before.user - before.system
    return 1000 * used / count, 1000 * passed / count


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    told = parser.parse_args(argv)
    noise = picture() + os.urandom(1 << 20)
    kinds = [
        ("to a script", picture(), "application/json", TARGET_MS),
        ("to a script, 1 MB", noise, "application/json", None),
        ("to a form", picture(), "text/html", None),
    ]
    found = []
    with running(cards=SCRIPTED, settings=FULL) as stack, bar("refusals", len(kinds)) as ticks:
        for name, image, accept, target in kinds:
            core, clock = asyncio.run(refusals(stack, told.count, image, accept))
            wanted = f"{target} ms" if target else ""
            ok = core <= target if target else None
            found += [
                Figure(f"{name}: of a core", f"{core:.2f} ms", wanted, ok),
                Figure(f"{name}: by the clock", f"{clock:.2f} ms"),
            ]
            ticks.tick()
    return conclude("Refused battles", found)


if __name__ == "__main__":
    sys.exit(main())
