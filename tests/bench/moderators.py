"""How long a battle's admission takes with moderators that are away, slow, or wrong.

    python -m tests.bench.moderators --rounds 20

An arena asks one moderation endpoint, which behaves in another way in each row. A visitor sends
the same picture and prompt again and again, and the time to the site's answer is taken. This is
done under the default policy, in which the battle goes on and is kept from publication, and under
the one that refuses it. At the end no battle without a pass may be cleared for publication.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from arena.demo.valkey import free_port
from tests.figures import Figure, Ticks, bar, conclude, quantile
from tests.stack import SCRIPTED, Stack, running
from tests.visitor import Visitor, picture

TARGET_SECONDS = 2.0
FINE = json.dumps({"results": [{"flagged": False, "categories": {"spam": False}}]}).encode()
LIE = json.dumps({"results": [{"flagged": False, "categories": {"spam": True}}]}).encode()
NEVER = 3_600.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the endpoint does with a request; ``pause`` is before each byte of its answer."""

    name: str
    answer: bytes = FINE
    status: str = "200 OK"
    pause: float = 0.0
    verdict: str = "unknown"


BEHAVIOURS = (
    Behaviour("finds nothing", verdict="pass"),
    Behaviour("is not there"),
    Behaviour("accepts and never answers", pause=NEVER),
    Behaviour("sends a byte every 0.2 s", pause=0.2),
    Behaviour("answers 500", status="500 Internal Server Error"),
    Behaviour("leads elsewhere", status="302 Found"),
    Behaviour("sends 300 kB", answer=b" " * 300_000),
    Behaviour("sends no JSON", answer=b"fine"),
    Behaviour("contradicts itself", answer=LIE, verdict="fail"),
)
POLICIES = {"default": "*=ask,unknown=blind", "block": "*=block,unknown=block"}
CLEARED = """
SELECT COUNT(*) AS battles FROM battles_battle b JOIN battles_gateresult g ON g.battle_id = b.id
WHERE g.gate = 'moderation' AND g.verdict <> 'pass' AND b.clearance = 'clear'
"""
VERDICTS = "SELECT verdict FROM battles_gateresult WHERE gate = 'moderation' ORDER BY id"


class Endpoint:
    """A moderation endpoint on this machine, which behaves as it is told."""

    def __init__(self, port: int) -> None:
        self.port, self.behaviour = port, BEHAVIOURS[0]
        self._server: asyncio.Server | None = None

    async def be(self, behaviour: Behaviour) -> None:
        """Behave so from now on; who is not there does not even listen."""
        self.behaviour = behaviour
        if behaviour.name == "is not there":
            await self.close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = self.behaviour
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            begin = f"HTTP/1.1 {told.status}\r\nlocation: /\r\ncontent-length: {len(told.answer)}"
            message = f"{begin}\r\nconnection: close\r\n\r\n".encode() + told.answer
            size = 1 if told.pause else len(message)
            for start in range(0, len(message), size):
                await asyncio.sleep(told.pause)
                writer.write(message[start : start + size])
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the site has hung up, or all is over
        finally:
            writer.close()


async def measure(stack: Stack, port: int, policy: str, rounds: int, ticks: Ticks) -> list[Figure]:
    """Return a row for each behaviour, and one on what was cleared."""
    found, endpoint = [], Endpoint(port)
    for behaviour in BEHAVIOURS:
        await endpoint.be(behaviour)
        taken, statuses = await _battles(stack.address, rounds)
        found.append(_figure(policy, behaviour, taken, statuses))
        ticks.tick()
    await endpoint.close()
    wrong = int(stack.rows(CLEARED)[0]["battles"])
    found.append(Figure(f"{policy}: cleared without a pass", str(wrong), "0", wrong == 0))
    stored = Counter(str(row["verdict"]) for row in stack.rows(VERDICTS))
    return [*found, Figure(f"{policy}: verdicts stored", str(dict(stored)))]


async def _battles(address: str, rounds: int) -> tuple[list[float], Counter[int]]:
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    async with Visitor(address) as visitor:
        for _ in range(rounds):
            began = time.monotonic()
            answer = await visitor.offer(picture())
            taken.append(time.monotonic() - began)
            statuses[answer.status_code] += 1
            if answer.status_code == 201:
                await visitor.post(f"{answer.json()['url']}skip")
    return taken, statuses


def _figure(
    policy: str, behaviour: Behaviour, taken: Sequence[float], statuses: Counter[int]
) -> Figure:
    refusal = {"pass": 201, "fail": 422, "unknown": 503}[behaviour.verdict]
    wanted = 201 if policy == "default" else refusal
    value = (
        f"median {statistics.median(taken):.2f} s, {min(taken):.2f} to {max(taken):.2f},"
        f" 95% within {quantile(taken, 0.95):.2f}; {dict(statuses)}"
    )
    right = set(statuses) == {wanted} and max(taken) <= TARGET_SECONDS
    name = f"{policy}: the moderator {behaviour.name}"
    return Figure(name, value, f"{wanted}, each ≤ {TARGET_SECONDS:.0f} s", right)


def main(argv: Sequence[str] | None = None) -> int:
    """An exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    told = parser.parse_args(argv)
    found = []
    with bar("behaviours", len(POLICIES) * len(BEHAVIOURS)) as ticks:
        for name, policy in POLICIES.items():
            port = free_port()
            settings = {
                "ARENA_MODERATION_ENDPOINT": f"http://127.0.0.1:{port}/v1/moderations",
                "ARENA_MODERATION_POLICY": policy,
            }
            with running(cards=SCRIPTED, settings=settings) as stack:
                found += asyncio.run(measure(stack, port, name, told.rounds, ticks))
    return conclude("Admission beside a moderator", found)


if __name__ == "__main__":
    sys.exit(main())
