"""Bursts, idle sockets and bodies that drip, from one network, beside honest readers of another.

    python -m tests.chaos.limits_behind_nginx --seconds 25

The compose file's `web` and `websocket` run behind its nginx on PostgreSQL. The attack comes from
127.1.0.1, each request with another forged address, and the honest reader from 127.2.0.1. Forms
that nginx itself holds until they are whole drip in from 127.3.0.1. Counted is what each limit lets
through, and how long the reader waits before the attack and during it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests import compose
from tests.figures import Figure, bar, conclude, quantile

ATTACKER, HONEST, FORMS_FROM = "127.1.0.1", "127.2.0.1", "127.3.0.1"
SAMPLES, SOCKETS = 120, 300
SETTINGS = {
    "ARENA_RATE_SAMPLES_NETWORK": f"{SAMPLES}/minute",
    "ARENA_SOCKETS_NETWORK": str(SOCKETS),
}
BURST, TRIED_SOCKETS, DRIPPING = 1_000, 500, 50
FORMS, DRIPPING_FORMS = 30, 60
PAGES = ("/leaderboard/", "/integrity/", "/api/v1/boards")
SLOW_BODY_SECONDS = 30.0


def client(address: str, source: str) -> httpx.AsyncClient:
    """Return a client that connects from this address of the machine."""
    limits = httpx.Limits(max_connections=90)
    transport = httpx.AsyncHTTPTransport(local_address=source, limits=limits)
    return httpx.AsyncClient(base_url=address, transport=transport, timeout=60.0)


def read(address: str, seconds: float) -> tuple[list[float], Counter[int]]:
    """Read pages one after the other for so long; return the times and the answers."""
    times, answers, until = list[float](), Counter[int](), time.monotonic() + seconds
    transport = httpx.HTTPTransport(local_address=HONEST)
    with httpx.Client(base_url=address, transport=transport, timeout=60.0) as honest:
        while time.monotonic() < until:
            for page in PAGES:
                began = time.perf_counter()
                answers[honest.get(page).status_code] += 1
                times.append(time.perf_counter() - began)
            time.sleep(0.1)
    return times, answers


async def burst(address: str) -> Counter[int]:
    """Ask for so many samples at once, each under another forged address."""
    async with client(address, ATTACKER) as attacker:

        async def ask(number: int) -> int:
            forged = {"X-Forwarded-For": f"203.0.{number % 250}.{number % 97}"}
            return (await attacker.get("/samples/random", headers=forged)).status_code

        return Counter(await asyncio.gather(*(ask(number) for number in range(BURST))))


async def idle_sockets(address: str, closing: asyncio.Event) -> int:
    """Open sockets that say nothing; return how many stay open."""
    there = address.replace("http://", "ws://") + "/ws/leaderboard"
    accepted = 0

    async def hold(number: int) -> None:
        nonlocal accepted
        forged = {"X-Forwarded-For": f"198.51.100.{number % 250}"}
        with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
            async with connect(
                there,
                origin=address,  # type: ignore[arg-type]  # a NewType of str
                additional_headers=forged,
                local_addr=(ATTACKER, 0),
                open_timeout=60,
            ) as socket:
                with suppress(TimeoutError):
                    await asyncio.wait_for(_closed(socket), 6)
                    return
                accepted += 1
                await closing.wait()

    room = asyncio.Semaphore(40)

    async def held(number: int) -> None:
        async with room:
            task = asyncio.create_task(hold(number))
            await asyncio.sleep(0.05)
        await task

    tasks = [asyncio.create_task(held(number)) for number in range(TRIED_SOCKETS)]
    await asyncio.wait(tasks, timeout=25)
    closing.set()
    await asyncio.gather(*tasks)
    return accepted


async def _closed(socket: object) -> None:
    async for _ in socket:  # type: ignore[attr-defined]  # a connection of websockets
        pass


async def drip(port: int, path: str, size: int, source: str, count: int) -> list[float]:
    """Send so many bodies of a byte now and then; return after how long each was cut."""

    async def one() -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        began = time.monotonic()
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        answered = asyncio.create_task(reader.read(1))
        while not answered.done() and time.monotonic() - began < 2 * SLOW_BODY_SECONDS:
            with suppress(OSError):
                writer.write(b"x")
                await writer.drain()
            await asyncio.wait([answered], timeout=1.0)
        answered.cancel()
        writer.close()
        return time.monotonic() - began

    return await asyncio.gather(*(one() for _ in range(count)))


async def attack(arena: compose.Local, seconds: float) -> list[Figure]:
    """Read in peace, then under attack; the table."""
    loop = asyncio.get_running_loop()
    # In a process of its own: the attacker's load must not be measured as the site's.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader:
        before, _ = await loop.run_in_executor(reader, read, arena.address, seconds)
        port = arena.ports["proxy"]
        during, samples, accepted, cuts, forms = await asyncio.gather(
            loop.run_in_executor(reader, read, arena.address, seconds),
            burst(arena.address),
            idle_sockets(arena.address, asyncio.Event()),
            drip(port, "/battles/", 900_000, ATTACKER, DRIPPING),
            drip(port, "/leaderboard/", 12_000, FORMS_FROM, DRIPPING_FORMS),
        )
    times, answers = during
    calm, loaded = (1000 * quantile(one, 0.95) for one in (before, times))
    taken = samples[200]
    told = ", ".join(f"{count} x {status}" for status, count in sorted(samples.items()))
    wrong = {status: count for status, count in answers.items() if status >= 400}
    longest = max(cuts)
    held = sum(lasted > SLOW_BODY_SECONDS for lasted in forms)
    return [
        Figure(
            f"{BURST} samples under forged addresses, {SAMPLES} allowed",
            told,
            f"{SAMPLES} ± 1 x 200",
            abs(taken - SAMPLES) <= 1,
        ),
        Figure(
            f"{TRIED_SOCKETS} idle sockets, {SOCKETS} allowed",
            f"{accepted} open",
            f"{SOCKETS} ± 1",
            abs(accepted - SOCKETS) <= 1,
        ),
        Figure(
            f"{DRIPPING} bodies of a byte a second",
            f"cut after at most {longest:.0f} s",
            "≤ 30 s",
            longest <= SLOW_BODY_SECONDS,
        ),
        Figure(
            f"{DRIPPING_FORMS} forms of a byte a second, which nginx holds",
            f"{held} of one address",
            f"≤ {FORMS}",
            held <= FORMS,
        ),
        Figure(
            "honest reader of another network: p95 before, during",
            f"{calm:.0f} ms, {loaded:.0f} ms",
            "not more than doubled",
            loaded <= 2 * calm,
        ),
        Figure("refused to the honest reader", str(wrong or 0), "0", not wrong),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=25)
    told = parser.parse_args(argv)
    with (
        compose.running(("web", "websocket", "proxy"), also=SETTINGS) as arena,
        bar("attack", 1) as ticks,
    ):
        found = asyncio.run(attack(arena, told.seconds))
        ticks.tick()
    return conclude("Limits behind nginx", found)


if __name__ == "__main__":
    sys.exit(main())
