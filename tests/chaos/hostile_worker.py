"""A worker that has been taken over, and a stranger on the proxy's side, beside honest ones.

    python -m tests.chaos.hostile_worker --battles 12

The hostile worker has what a worker has: its account in Redis and the messages that it takes. It
tries to read what others do, to speak for them, to end them and to run tasks of the site; a
stranger without an account tries the same. Meanwhile battles run on the honest worker. Afterwards
every try at something that was not given is counted (none may succeed), every program has to be
the process that it was, and every battle that the hostile worker did not take has to have ended
well, with a text of its own worker.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Any, cast

from msgspec.structs import replace
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from inference_worker.wire import keys, presence, samples, scripts
from inference_worker.wire.messages import (
    BATTLE_OUTCOME,
    DEFAULT_QUEUE,
    OUTCOME_QUEUE,
    GenerationOutcome,
    GenerationRequest,
)
from tests.figures import Figure, conclude
from tests.poison import POISON, envelope
from tests.stack import Card, Stack, running, until
from tests.visitor import Visitor

CARDS = (
    Card("quiet-heron", "tag=one,rate=30,tokens=60", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,rate=30,tokens=60", "Amber Newt XL"),
)
SITE_TASKS = ("arena.battles.reap", "arena.battles.expire", "arena.boards.verify_ledger")
FORGED = "forged by a hostile worker"
PROGRAMS = ("valkey", "web", "site-worker", "beat", "inference")
_ROWS = (
    "SELECT b.public_id, b.state AS battle, g.side, g.attempt, g.state, g.text, g.fence"
    " FROM battles_generation g JOIN battles_turn t ON t.id = g.turn_id"
    " JOIN battles_battle b ON b.id = t.battle_id ORDER BY b.public_id, g.side"
)


@dataclass(slots=True)
class Deeds:
    """What was tried, and what of it worked."""

    tried: Counter[str] = field(default_factory=Counter)
    worked: Counter[str] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)
    """Battles whose messages the hostile worker took."""

    def attempt(self, what: str, deed: Callable[[], Any]) -> None:
        """An answer is a success; a refusal, and nothing to be had, are none."""
        self.tried[what] += 1
        try:
            if deed():
                self.worked[what] += 1
        except RedisError:
            pass


def commands(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What a worker that knows everything about the site would like to do: names and all."""
    for row in rows:
        battle, place = row["public_id"], keys.address(row["fence"])
        yield "reads a battle's log", ("XRANGE", keys.events(battle), "-", "+")
        yield "writes a battle's log", ("XADD", keys.events(battle), "*", "k", "voted")
        yield "deletes a battle's log", ("DEL", keys.events(battle))
        yield "says that a voter has gone", ("DEL", keys.presence(battle))
        yield "reads an answer", ("XRANGE", keys.answer(place), "-", "+")
        yield "deletes an answer", ("DEL", keys.answer(place))
        yield "deletes a slot", ("DEL", keys.slot(place))
    for queue in ("arena", "arena-slow", OUTCOME_QUEUE):
        yield "takes from the site's queues", ("BRPOP", queue, 1)
        yield "reads the site's queues", ("LRANGE", queue, 0, -1)
    yield "puts on the workers' queue", ("LPUSH", DEFAULT_QUEUE, "{")
    yield "reads the workers' queue", ("LRANGE", DEFAULT_QUEUE, 0, -1)
    yield "puts on the site's own queue", ("LPUSH", "arena", "{")
    for listing in (("KEYS", "*"), ("SCAN", 0), ("RANDOMKEY",), ("MONITOR",), ("CLIENT", "LIST")):
        yield "lists what there is", listing
    for limit in ("LIMITS:LIMITER/x", "LIMITER/x"):
        yield "deletes a limit", ("DEL", limit)
    for ending in (
        ("FLUSHALL",),
        ("SHUTDOWN", "NOSAVE"),
        ("CLIENT", "PAUSE", 9999),
        ("DEBUG", "x"),
    ):
        yield "ends the store", ending
    yield "keeps the store busy", ("EVAL", "while true do end", 0)
    yield "calls a control command", ("PUBLISH", "/0.celery.pidbox", "{}")
    yield "reads who else is there", ("ZRANGE", keys.WORKERS, 0, -1)
    yield "makes itself operator", ("ACL", "SETUSER", "worker", "+@all")


class Hostile:
    """Lives beside the honest worker until it is told to stop."""

    def __init__(self, stack: Stack, deeds: Deeds) -> None:
        self._url = stack.server.url("worker")
        self._stack, self._deeds = stack, deeds
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Return when it has ended."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with Redis.from_url(self._url, socket_timeout=5) as redis:
            taken: list[GenerationRequest] = []
            while not self._stopped.is_set():
                if len(self._deeds.taken) < 2:
                    self._take(redis, taken)
                rows = self._stack.rows(_ROWS)
                for what, command in commands([r for r in rows if not self._has(r)]):
                    self._deeds.attempt(what, partial(redis.execute_command, *command))
                self._forge(redis, taken, rows)
                self._stopped.wait(0.5)

    def _has(self, row: dict[str, Any]) -> bool:
        return row["public_id"] in self._deeds.taken

    def _take(self, redis: Redis, taken: list[GenerationRequest]) -> None:
        """What it may do: take a message. It answers none."""
        found: Any = redis.brpop([DEFAULT_QUEUE], timeout=1)
        if found is None:
            return
        body = json.loads(base64.b64decode(json.loads(found[1])["body"]))
        if "request" in body[1]:
            request = GenerationRequest.from_json(body[1]["request"])
            self._deeds.taken.add(request.stream)
            taken.append(request)

    def _forge(
        self, redis: Redis, taken: Sequence[GenerationRequest], rows: Sequence[dict[str, Any]]
    ) -> None:
        """What it may put somewhere: outcomes, samples, reports, words about its own attempts."""
        for raw, _ in POISON.values():
            redis.lpush(OUTCOME_QUEUE, raw)
            redis.rpush(keys.SAMPLES, raw[:100_000])
        for task in SITE_TASKS:
            redis.lpush(OUTCOME_QUEUE, envelope([[], {}, {}], task=task))
        for row in rows:
            for request in taken:
                lie = {"stream": row["public_id"], "side": row["side"], "attempt": row["attempt"]}
                outcome = replace(_outcome(request), **lie)
                body = [[outcome.to_json()], {}, {"callbacks": [{"task": SITE_TASKS[0]}]}]
                redis.lpush(OUTCOME_QUEUE, envelope(body, task=BATTLE_OUTCOME))
                redis.lpush(OUTCOME_QUEUE, envelope([body[0], {}, {}], task=BATTLE_OUTCOME))
        for request in taken:
            log = keys.answer(keys.address(request.fence))
            for kind in ("voting_opened", "answered", "voted", "opened", "stopped", "x"):
                lie = {"s": "a", "t": "1", "n": "0", "k": kind, "x": FORGED}
                redis.execute_command("XADD", log, "*", *[w for pair in lie.items() for w in pair])
        samples.put(redis, samples.DrawnSample("x", FORGED, "shapes", FORGED, "%%%"))
        redis.set(keys.worker("demo"), b"\xff", ex=5)
        what = "runs a script on a key of the site"
        self._deeds.attempt(what, partial(self._run_loaded, redis, rows))

    def _run_loaded(self, redis: Redis, rows: Sequence[dict[str, Any]]) -> bool:
        names = [f"va:attempt:{FORGED}:slot", "va:attempt:x:lease"]
        target = keys.events(rows[0]["public_id"]) if rows else "va:x"
        redis.hset(names[0], mapping={"state": "claimed", "next": 0})
        arguments = [60, 0, "delta", FORGED]
        return bool(scripts.APPEND.run(redis, names=[*names, target], arguments=arguments))


def _outcome(request: GenerationRequest) -> GenerationOutcome:
    return GenerationOutcome(
        stream=request.stream,
        side=request.side,
        attempt=request.attempt,
        fence=request.fence,
        status="ended",
        code="",
        text=FORGED,
        finish="stop",
        tokens=1,
        first_text_ms=1,
        total_ms=1,
        worker="hostile",
        revision="",
    )


def stranger(stack: Stack, deeds: Deeds) -> None:
    """Who stands on the network without an account, as a proxy would if it could reach Redis."""
    port = stack.server.port
    rows = stack.rows(_ROWS)
    for what, command in commands(rows):
        with Redis(port=port, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as redis:
            deeds.attempt(f"a stranger {what}", partial(redis.execute_command, *command))


async def battles(stack: Stack, count: int) -> None:
    """So many battles, each watched to its end."""
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_battle(stack, number))


async def _battle(stack: Stack, number: int) -> None:
    await asyncio.sleep(number * 0.3)
    async with Visitor(stack.address) as visitor:
        await visitor.watch(await visitor.send(f"Question {number}"))


def faults(stack: Stack, deeds: Deeds) -> list[str]:
    """What is not as it would be without the hostile worker, beyond the battles that it took."""
    found = []
    for row in stack.rows(_ROWS):
        if FORGED in row["text"] and row["public_id"] not in deeds.taken:
            found.append(f"{row['public_id']} {row['side']} has a forged answer")
        if row["public_id"] not in deeds.taken and row["battle"] != "voting":
            found.append(f"{row['public_id']} is {row['battle']}")
    return found


@dataclass(slots=True)
class Found:
    """What became of everybody."""

    deeds: Deeds
    wrong: list[str]
    ended: list[str]
    dropped: int
    there: int


def siege(stack: Stack, *, count: int) -> Found:
    """Battles beside a hostile worker, and a stranger after them."""
    deeds = Deeds()
    before = {name: stack.pid(name) for name in PROGRAMS}
    hostile = Hostile(stack, deeds)
    hostile.start()
    try:
        asyncio.run(battles(stack, count))
        stranger(stack, deeds)
    finally:
        hostile.stop()
    until(lambda: not stack.redis.llen(OUTCOME_QUEUE), "the outcomes to be judged")
    return Found(
        deeds=deeds,
        wrong=faults(stack, deeds),
        ended=[
            name for name in PROGRAMS if stack.pid(name) != before[name] or name in stack.ended()
        ],
        dropped=sum(int(count) for count in cast("list[bytes]", stack.redis.hvals(keys.REFUSED))),
        there=len(presence.workers(stack.redis)),
    )


def figures(found: Found) -> list[Figure]:
    """One that is hostile gets nothing, and ends nothing."""
    tried, worked = found.deeds.tried.total(), found.deeds.worked
    named = ", ".join(worked)
    wrong, ended = "; ".join(found.wrong[:3]), ", ".join(found.ended)
    return [
        Figure("tries", f"{tried}", "100 or more", tried >= 100),
        Figure("successes", f"{worked.total()} {named}".strip(), "0", not worked),
        Figure("battles that it took", f"{len(found.deeds.taken)}"),
        Figure("battles beside it that ended wrong", f"{len(found.wrong)} {wrong}", "0", not wrong),
        Figure("programs that ended", f"{len(found.ended)} {ended}".strip(), "0", not ended),
        Figure("messages dropped", f"{found.dropped}", "each poison", found.dropped >= len(POISON)),
        Figure("honest workers seen", f"{found.there}", "1", found.there == 1),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 where nothing worked and every battle beside it ended well."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.hostile_worker")
    parser.add_argument("--battles", type=int, default=12)
    options = parser.parse_args(arguments)
    with running(cards=CARDS) as stack:
        found = siege(stack, count=options.battles)
    return conclude("a hostile worker and a stranger", figures(found))


if __name__ == "__main__":
    sys.exit(main())
