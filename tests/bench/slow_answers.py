"""What a page view and a socket cost when answers were made to be slow, in seconds of a core.

    python -m tests.bench.slow_answers --answers 300

Puts each two texts into the sides of one battle, then opens its page and its socket, both of them
twice, and reads how much processor time the web process has taken for it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from tests.arena.rendering.slow import answers
from tests.figures import Figure, bar, conclude
from tests.stack import Stack, running
from tests.visitor import Visitor

FIRST, SECOND, LARGEST = 0.3, 0.1, 65_536


@dataclass(slots=True)
class Cost:
    """Processor seconds of each view, and the largest frame's bytes."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    largest: int = 0


async def measure(stack: Stack, *, count: int, tick: Callable[[], None] = lambda: None) -> Cost:
    """Show ``count`` texts, two at a time, to one voter."""
    cost, web = Cost(), psutil.Process(stack.pid("web"))

    def heard(said: object) -> None:
        if isinstance(said, str):
            cost.largest = max(cost.largest, len(said.encode()))

    async with Visitor(stack.address, heard=heard) as visitor:
        battle = await visitor.send()
        await visitor.watch(battle)
        texts = answers(count)
        for pair in zip(texts[::2], texts[1::2], strict=False):
            for side, text in zip("ab", pair, strict=True):
                stack.execute("UPDATE battles_generation SET text = ? WHERE side = ?", text, side)
            for view in ("first page", "second page", "first socket", "second socket"):
                before = _cpu(web)
                await (visitor.get(battle) if "page" in view else visitor.watch(battle))
                cost.seconds.setdefault(view, []).append(_cpu(web) - before)
            tick()
    return cost


def figures(cost: Cost) -> list[Figure]:
    """The most that any view took; a socket comes after a page, so its answers are known."""
    rows = []
    for view, seconds in cost.seconds.items():
        most, limit = max(seconds), FIRST if view == "first page" else SECOND
        mean = sum(seconds) / len(seconds)
        value = f"at most {most:.3f} s, mean {mean:.3f} s"
        rows.append(Figure(view, value, f"under {limit} s", most < limit))
    size = f"{cost.largest / 1024:.1f} KB"
    return [*rows, Figure("largest frame", size, "within 64 KB", cost.largest <= LARGEST)]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=300)
    args = parser.parse_args(argv)
    with running() as stack, bar("Pairs of answers", args.answers // 2) as ticks:
        cost = asyncio.run(measure(stack, count=args.answers, tick=ticks.tick))
    return conclude(f"{args.answers} answers made to be slow", figures(cost))


if __name__ == "__main__":
    sys.exit(main())
