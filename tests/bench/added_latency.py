"""What the way from the backend to the socket adds, with many battles at once.

    python -m tests.bench.added_latency --battles 100 --rate 20

A scripted model writes the time of each token into the token itself, so the added latency is the
time at which the token is in the client's hands minus that. The client shares the machine with
site, workers and Valkey, and its own delay counts. Tokens from before a socket was open are left
out (that delay is the opening's); every token must arrive all the same, once and in order.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.first_text import slow_cards
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import Stack, running
from tests.visitor import OVER, Frame, Visitor

TARGET_MS = 250.0
_NUMBER = re.compile(r"\d+")
_CROWD = {"ARENA_WORKER_CONCURRENCY": "512", "ARENA_WORKER_SLOTS": "512"}


@dataclass(slots=True)
class Reader:
    """One battle's socket: when which token of which side came."""

    opened: float = 0.0
    state: str = ""
    ended: float = 0.0
    frames: int = 0
    arrivals: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {"a": [], "b": []}
    )
    """By side: (made, arrived), both by time.monotonic()."""
    final: dict[str, list[int]] = field(default_factory=dict)
    """By side, the tokens of the whole answer as it stands at the end."""

    def take(self, frame: Frame, now: float) -> None:
        """Take any frame."""
        self.opened = self.opened or now
        self.frames += 1
        if frame["type"] == "battle":
            self.state = frame["state"]
            self.ended = now
            return
        arrivals = self.arrivals[frame["side"]]
        tokens = [int(number) for number in _NUMBER.findall(frame["html"] + frame["more"])]
        if frame["state"] == "ended":
            # The last frame has the whole answer anew; what is new in it comes after the rest.
            self.final[frame["side"]] = tokens
            tokens = tokens[len(arrivals) :]
        arrivals += [(token / 1_000_000, now) for token in tokens]

    def is_whole(self, tokens: int) -> bool:
        """Whether every token came once, in order, as in the final text."""
        came = {
            side: [round(made * 1_000_000) for made, _ in arrivals]
            for side, arrivals in self.arrivals.items()
        }
        return came == self.final and all(len(own) == tokens for own in came.values())

    def delays(self, since: float, until: float) -> list[float]:
        """Seconds from made to arrived, of tokens made in this span while the socket was open."""
        since = max(since, self.opened)
        pairs = [pair for arrivals in self.arrivals.values() for pair in arrivals]
        return [arrived - made for made, arrived in pairs if since <= made <= until]


async def crowd(
    stack: Stack, *, battles: int, per_second: float, tick: Callable[[], None]
) -> list[Reader]:
    """Start the battles, ``per_second`` of them, and read all of them to their ends."""
    async with Visitor(stack.address) as visitor:
        await visitor.enrol()
        readers = [Reader() for _ in range(battles)]
        begun, tasks = time.monotonic(), []
        for number, reader in enumerate(readers):
            await asyncio.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            tasks.append(asyncio.create_task(_read(visitor, reader, tick)))
        await asyncio.gather(*tasks)
    return readers


async def _read(visitor: Visitor, reader: Reader, tick: Callable[[], None]) -> None:
    async with visitor.watching(await visitor.send()) as frames:
        async for frame in frames:
            reader.take(frame, time.monotonic())
            if reader.state in OVER:
                break
    tick()


def figures(
    readers: Sequence[Reader], *, tokens: int, target_ms: float = TARGET_MS
) -> list[Figure]:
    """The target holds while all battles are open at once; all tokens are shown beside it."""
    whole = sum(reader.is_whole(tokens) for reader in readers)
    since, until = max(r.opened for r in readers), min(r.ended for r in readers)
    together = [delay * 1000 for r in readers for delay in r.delays(since, until)]
    every = [delay * 1000 for r in readers for delay in r.delays(0.0, float("inf"))]
    p99 = quantile(together, 0.99)
    frames = sum(reader.frames for reader in readers)
    return [
        Figure(
            "battles in which every token came, once and in order",
            f"{whole} of {len(readers)}",
            "all",
            whole == len(readers),
        ),
        Figure("all battles at once for", f"{until - since:.1f} s", "> 0 s", until > since),
        Figure("added latency, all at once", _spread(together), "", None),
        Figure("its p99", f"{p99:.0f} ms", f"< {target_ms:.0f} ms", p99 < target_ms),
        Figure("added latency, with starts and ends", _spread(every), "", None),
        Figure("frames", f"{frames}, {len(every) / frames:.2f} tokens in each", "", None),
    ]


def _spread(delays: Sequence[float]) -> str:
    shares = ", ".join(f"p{share * 100:g} {quantile(delays, share):.0f}" for share in (0.5, 0.99))
    return f"{shares}, max {max(delays, default=0):.0f} ms (n = {len(delays)})"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=100)
    parser.add_argument("--rate", type=float, default=20.0, help="tokens per second and side")
    parser.add_argument("--tokens", type=int, default=500, help="of each answer")
    parser.add_argument("--per-second", type=float, default=10.0, help="battles started")
    args = parser.parse_args(argv)
    cards = slow_cards(rate=args.rate, tokens=args.tokens)
    with running(cards=cards, settings=_CROWD) as stack, bar("Battles", args.battles) as ticks:
        readers = asyncio.run(
            crowd(stack, battles=args.battles, per_second=args.per_second, tick=ticks.tick)
        )
    return conclude("Added latency", figures(readers, tokens=args.tokens))


if __name__ == "__main__":
    sys.exit(main())
