"""The reader of a web process: a single XREAD follows the logs of all open battles.

Each battle has three: its own, which only the site writes, and one for the attempt of each side.

The channel layer drops messages past its capacity and can't replay; a connection per socket costs
a multiple. No database is on this path.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from contextlib import suppress
from typing import Any, cast
from uuid import uuid4
from weakref import WeakKeyDictionary

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from arena.core.redis import async_client
from arena.live.following import START, BattleFollower
from inference_worker.wire import keys
from inference_worker.wire.presence import RETURN_SECONDS, VOTER_SECONDS
from inference_worker.wire.stream import position

log = logging.getLogger(__name__)

TICK_SECONDS = 0.03
"""The pause between two reads, which collects the events of all battles in few round trips."""
BLOCK_MS = 1000
BATCH = 500
PRESENCE_SECONDS = 5.0
PLACES_SECONDS = 1.0
RETRY_SECONDS = 0.5
"""The pause after a read that Redis did not answer."""
FAULT_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The pauses after reads in a row that failed for a reason that nobody has foreseen."""


class StreamHub:
    """Followers by battle, and the task that reads for all of them while there is one."""

    def __init__(self) -> None:
        self._redis: Redis = async_client()
        self._followers: dict[str, set[BattleFollower]] = {}
        self._readers: dict[str, set[BattleFollower]] = {}
        """The followers of each log."""
        self._cursors: dict[str, bytes] = {}
        self._wake = f"{keys.PREFIX}:hub:{uuid4().hex}"
        self._task: asyncio.Task[None] | None = None
        self._due = {"presence": 0.0, "places": 0.0}

    async def follow(self, follower: BattleFollower) -> None:
        """Bring a follower up to date and keep it so. Raises RedisError without Redis.

        It reads the logs so far by itself, until it is where the hub is: were that the hub's work,
        those who come late to long logs would slow everybody down, and come the later for it.
        """
        while await self._has_more(follower) or any(
            position(source.seen) < position(self._cursors.get(name, START))
            for name, source in follower.sources.items()
        ):
            pass
        self._followers.setdefault(follower.stream, set()).add(follower)
        self._read_for(follower)
        follower.news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_all())
        # End the blocking read, so that a new stream is read from now on. In a Redis that is full
        # it ends by itself, within BLOCK_MS.
        self._due = {"presence": 0.0, "places": 0.0}
        with suppress(OutOfMemoryError):
            await self._redis.xadd(self._wake, {"x": "1"}, maxlen=1)
            await self._redis.expire(self._wake, 3600)

    async def _has_more(self, follower: BattleFollower) -> bool:
        """Read on in all of a follower's logs; True where that may not have been all."""
        names, full = [*(n for n in follower.sources if n != follower.own), follower.own], False
        for name in names:
            source, reached = follower.sources[name], self._cursors.get(name, START)
            entries = await self._redis.xrange(name, min=b"(" + source.seen, count=BATCH)
            follower.feed(name, entries)
            full |= len(entries) == BATCH
            if not entries:  # then Redis has forgotten what the hub had read before
                source.seen = max(source.seen, reached, key=position)
        return full or set(names) != set(follower.sources)

    def leave(self, follower: BattleFollower) -> None:
        """Forget a follower; the reading ends with the last one."""
        left = self._followers.get(follower.stream, set())
        left.discard(follower)
        if not left:
            self._followers.pop(follower.stream, None)
        for name in [name for name, readers in self._readers.items() if follower in readers]:
            self._stop(name, follower)

    async def part(self, follower: BattleFollower) -> None:
        """Forget a follower whose page was closed: its voter is gone soon, unless another socket
        says otherwise. A process that is killed says nothing, and its voters come back."""
        self.leave(follower)
        if follower.stream not in self._followers:
            with suppress(RedisError, OSError):
                await self._redis.expire(keys.presence(follower.stream), VOTER_SECONDS, lt=True)

    def _read_for(self, follower: BattleFollower) -> None:
        """Read what the follower wants now, and nothing of what it wanted before."""
        for name, source in follower.sources.items():
            self._readers.setdefault(name, set()).add(follower)
            self._cursors.setdefault(name, source.seen)

    def _stop(self, name: str, follower: BattleFollower) -> None:
        self._readers[name].discard(follower)
        if not self._readers[name]:
            del self._readers[name], self._cursors[name]

    async def _read_all(self) -> None:
        """Read while there is a follower. No exception ends it: everybody who watches would hear
        nothing more until the next socket opens."""
        wake, faults = START, 0
        while self._followers:
            try:
                wake = await self._read_once(wake)
                # Now and then: say that the voters are here, and ask for their places in the line.
                now = time.monotonic()
                if now >= self._due["presence"]:
                    self._due["presence"] = now + PRESENCE_SECONDS
                    # A Redis that is full takes no new key, but lets one that is there live on.
                    async with self._redis.pipeline(transaction=False) as pipe:
                        for stream in self._followers:
                            pipe.expire(keys.presence(stream), RETURN_SECONDS)
                            pipe.set(keys.presence(stream), b"1", ex=RETURN_SECONDS)
                        with suppress(OutOfMemoryError):
                            await pipe.execute()
                if now >= self._due["places"]:
                    self._due["places"] = now + PLACES_SECONDS
                    await self._ask_places()
                faults = 0
                await asyncio.sleep(TICK_SECONDS)
            except (RedisError, OSError) as error:
                log.warning("streams can't be read: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001  # whoever watches needs the next read
                pause = FAULT_SECONDS[min(faults, len(FAULT_SECONDS) - 1)]
                faults += 1
                # No message of the error: it may hold the name of a stream, or a text.
                place = "".join(traceback.format_tb(error.__traceback__))
                fault = type(error).__name__
                log.error("reading streams broke (%s), next in %.1f s\n%s", fault, pause, place)
                await asyncio.sleep(pause)

    async def _read_once(self, wake: bytes) -> bytes:
        """Read for all in one round trip. Of the logs of a battle those of the workers are taken
        first, because what the site says of an answer comes after all parts of it."""
        own = {one.own for group in self._followers.values() for one in group}
        cursors: dict[Any, Any] = {n: at for n, at in self._cursors.items() if n not in own}
        cursors |= {name: at for name, at in self._cursors.items() if name in own}
        answers = await self._redis.xread(
            {**cursors, self._wake: wake}, count=BATCH, block=BLOCK_MS
        )
        unfinished: set[str] = set()
        for key, entries in answers or []:
            name = key.decode()
            if name == self._wake:
                wake = entries[-1][0]
            elif name in self._readers and name not in unfinished:
                if len(entries) == BATCH:
                    unfinished |= {reader.own for reader in self._readers[name]}
                self._cursors[name] = entries[-1][0]
                for follower in list(self._readers[name]):
                    before = set(follower.sources)
                    follower.feed(name, entries)
                    for gone in before - set(follower.sources):
                        self._stop(gone, follower)
                    self._read_for(follower)
        return wake

    async def _ask_places(self) -> None:
        asked = [f for group in self._followers.values() for f in group if f.scene.waiting]
        sides = [(follower, side) for follower in asked for side in follower.scene.waiting]
        async with self._redis.pipeline(transaction=False) as pipe:
            for follower, side in sides:
                pipe.zrank(keys.queue(follower.queues[side]), follower.address(side))
            ranks = cast("list[int | None]", await pipe.execute()) if sides else []
        for follower in asked:
            own = [
                r for (f, _), r in zip(sides, ranks, strict=True) if f is follower and r is not None
            ]
            ahead = min(own, default=None)
            if ahead != follower.scene.ahead:
                follower.scene.ahead = ahead
                follower.news.set()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, StreamHub] = WeakKeyDictionary()


def hub() -> StreamHub:
    """The running event loop's hub: one in a web process."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = StreamHub()
    return _hubs[loop]


def followed() -> tuple[int, int]:
    """Open sockets of battles, and battles that they follow, in this process; from any thread."""
    followers = [list(hub._followers.values()) for hub in list(_hubs.values())]
    return sum(len(one) for many in followers for one in many), sum(map(len, followers))
