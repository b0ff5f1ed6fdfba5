"""From Send to the first visible text, over the real site and a real websocket.

    python -m tests.bench.first_text --rounds 20

Two parts. Idle: one battle at a time with the shipped models (``--scripted`` where there are
none), and the seconds from the start of the POST until the first text of each side is there.
Slow: a script of ``--tokens`` tokens at ``--rate`` a second says when it made each of them, and
the first text must reach the socket before the last token of that side exists.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence

from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SCRIPTED, SHIPPED, Card, Stack, running
from tests.visitor import Screen, Visitor

TARGET_SECONDS = 1.0


def slow_cards(*, rate: float, tokens: int) -> tuple[Card, ...]:
    """Two models that say what time it is."""
    script = f"text=clock,rate={rate},tokens={tokens}"
    return (
        Card("quiet-heron", f"tag=one,{script}", "Quiet Heron 2"),
        Card("amber-newt", f"tag=two,{script}", "Amber Newt XL"),
    )


async def idle(stack: Stack, *, rounds: int, tick: Callable[[], None]) -> dict[str, list[float]]:
    """By side, the seconds from Send to the first text of each round's battle."""
    seconds: dict[str, list[float]] = {"a": [], "b": []}
    async with Visitor(stack.address) as visitor:
        for _ in range(rounds):
            sent = time.monotonic()
            screen = await visitor.watch(await visitor.send())
            for side, pane in screen.panes.items():
                # A side that failed has no first text: that is a miss, not a missing figure.
                seconds[side].append(pane.first_text - sent if pane.first_text else float("inf"))
            tick()
    return seconds


async def slow(stack: Stack, *, rounds: int, tick: Callable[[], None]) -> list[float]:
    """Per side and round: seconds by which the first text came before the last token was made."""
    lead = []
    async with Visitor(stack.address) as visitor:
        for _ in range(rounds):
            battle = await visitor.send()
            screen = await visitor.watch(battle)
            lead += [_last_token(stack, battle, side) - first for side, first in _firsts(screen)]
            tick()
    return lead


def _firsts(screen: Screen) -> list[tuple[str, float]]:
    return [(side, pane.first_text) for side, pane in screen.panes.items()]


def _last_token(stack: Stack, battle: str, side: str) -> float:
    """When the script made the last token of this side, by time.monotonic()."""
    (row,) = stack.rows(
        "SELECT g.text FROM battles_generation g JOIN battles_turn t ON t.id = g.turn_id"
        " JOIN battles_battle b ON b.id = t.battle_id WHERE b.public_id = ? AND g.side = ?",
        battle.split("/")[2],
        side,
    )
    return int(row["text"].split()[-1]) / 1_000_000


def idle_figures(seconds: dict[str, list[float]]) -> list[Figure]:
    """Median, p95 and worst of each side."""
    return [
        Figure(
            f"Send to first text, side {side}",
            f"median {quantile(values, 0.5):.3f} s, p95 {quantile(values, 0.95):.3f} s,"
            f" max {max(values):.3f} s (n = {len(values)})",
            f"max {TARGET_SECONDS} s",
            max(values) <= TARGET_SECONDS,
        )
        for side, values in seconds.items()
    ]


def slow_figures(lead: list[float]) -> list[Figure]:
    """In how many sides the first text was early enough."""
    early = sum(value > 0 for value in lead)
    return [
        Figure(
            "first text at the socket before the last token exists",
            f"{early} of {len(lead)} sides, by {min(lead):.2f} s or more",
            "always",
            early == len(lead),
        )
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--scripted", action="store_true", help="scripts instead of real models")
    parser.add_argument("--rate", type=float, default=10.0, help="tokens/s of the slow script")
    parser.add_argument("--tokens", type=int, default=20, help="of the slow script")
    args = parser.parse_args(argv)
    found = []
    with running(cards=SCRIPTED if args.scripted else SHIPPED) as stack:
        stack.await_models(0 if args.scripted else 2)
        with bar("Idle", args.rounds) as ticks:
            seconds = asyncio.run(idle(stack, rounds=args.rounds, tick=ticks.tick))
        found += idle_figures(seconds)
    with running(cards=slow_cards(rate=args.rate, tokens=args.tokens)) as stack:
        with bar("Slow", args.rounds) as ticks:
            lead = asyncio.run(slow(stack, rounds=args.rounds, tick=ticks.tick))
        found += slow_figures(lead)
    return conclude("First text", found)


if __name__ == "__main__":
    sys.exit(main())
