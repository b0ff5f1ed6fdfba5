"""One reader per web process: a single XREAD follows the streams of all open battles.

The channel layer drops messages past its capacity and can't replay; a connection per socket costs
a multiple. No database is on this path.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import uuid4
from weakref import WeakKeyDictionary

from redis.asyncio import Redis
from redis.exceptions import RedisError

from arena.core.redis import async_client
from arena.live.pacing import Scene
from inference_worker.wire import keys
from inference_worker.wire.events import decode
from inference_worker.wire.leases import member
from inference_worker.wire.messages import Side
from inference_worker.wire.presence import VOTER_SECONDS

log = logging.getLogger(__name__)

TICK_SECONDS = 0.03
"""Between two reads, so that the events of all battles are gathered into few round trips."""
BLOCK_MS = 1000
BATCH = 500
PRESENCE_SECONDS = 5.0
PLACES_SECONDS = 1.0

START = b"0-0"
Entry = tuple[bytes, Mapping[bytes, bytes]]


class Follower:
    """One open socket: its scene, what it has seen, and the event that wakes its sender."""

    def __init__(self, stream: str, scene: Scene, queues: Mapping[Side, str]) -> None:
        self.stream = stream
        self.scene = scene
        self.queues = queues
        self.news = asyncio.Event()
        self.seen = START
        """Of the last entry that was taken."""

    def feed(self, entries: Iterable[Entry]) -> None:
        """Take entries in order; those that were seen already are passed over."""
        for identity, fields in entries:
            if _position(identity) > _position(self.seen):
                self.seen = identity
                self._take(fields)

    def _take(self, fields: Mapping[bytes, bytes]) -> None:
        """One entry that can't be shown must not end the reading for everybody."""
        try:
            self.scene.apply(decode(fields))
        except Exception:
            log.exception("an event of a stream can't be shown")
        self.news.set()


class Hub:
    """Followers by stream, and the task that reads for all of them while there is one."""

    def __init__(self) -> None:
        self._redis: Redis = async_client()
        self._followers: dict[str, set[Follower]] = {}
        self._cursors: dict[str, bytes] = {}
        self._wake = f"{keys.PREFIX}:hub:{uuid4().hex}"
        self._task: asyncio.Task[None] | None = None
        self._due = {"presence": 0.0, "places": 0.0}

    async def follow(self, follower: Follower) -> None:
        """Bring a follower up to date and keep it so. Raises RedisError without Redis.

        It reads the log so far by itself, until it is where the hub is: were that the hub's work,
        those who come late to long logs would slow everybody down, and come the later for it.
        """
        stream = follower.stream
        while True:
            reached = self._cursors.get(stream, START)
            log_so_far = await self._redis.xrange(keys.events(stream), min=b"(" + follower.seen)
            follower.feed(log_so_far)
            if not log_so_far:  # then Redis has forgotten what the hub had read before
                follower.seen = max(follower.seen, reached, key=_position)
            if _position(follower.seen) >= _position(self._cursors.get(stream, START)):
                break
        self._cursors.setdefault(stream, follower.seen)
        self._followers.setdefault(stream, set()).add(follower)
        follower.news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_all())
        await self._rouse()

    def leave(self, follower: Follower) -> None:
        """Forget a follower; the reading ends with the last one."""
        left = self._followers.get(follower.stream, set())
        left.discard(follower)
        if not left:
            self._followers.pop(follower.stream, None)
            self._cursors.pop(follower.stream, None)

    async def _rouse(self) -> None:
        """End the blocking read, so that a new stream is read from now on."""
        self._due = {"presence": 0.0, "places": 0.0}
        await self._redis.xadd(self._wake, {"x": "1"}, maxlen=1)
        await self._redis.expire(self._wake, 3600)

    async def _read_all(self) -> None:
        wake = START
        while self._followers:
            try:
                wake = await self._read_once(wake)
                await self._look_after()
                await asyncio.sleep(TICK_SECONDS)
            except (RedisError, OSError) as error:
                log.warning("streams can't be read: %s", type(error).__name__)
                await asyncio.sleep(0.5)

    async def _read_once(self, wake: bytes) -> bytes:
        cursors: dict[Any, Any] = {keys.events(s): at for s, at in self._cursors.items()}
        answers = await self._redis.xread(
            {**cursors, self._wake: wake}, count=BATCH, block=BLOCK_MS
        )
        streams = {keys.events(stream).encode(): stream for stream in self._followers}
        for key, entries in answers or []:
            if key in streams:
                self._deliver(streams[key], entries)
            elif key == self._wake.encode():
                wake = entries[-1][0]
        return wake

    def _deliver(self, stream: str, entries: list[Entry]) -> None:
        self._cursors[stream] = entries[-1][0]
        for follower in self._followers[stream]:
            follower.feed(entries)

    async def _look_after(self) -> None:
        """Now and then: say that the voters are here, and ask for their places in the line."""
        now = time.monotonic()
        if now >= self._due["presence"]:
            self._due["presence"] = now + PRESENCE_SECONDS
            await self._say_present()
        if now >= self._due["places"]:
            self._due["places"] = now + PLACES_SECONDS
            await self._ask_places()

    async def _say_present(self) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for stream in self._followers:
                pipe.set(keys.presence(stream), b"1", ex=VOTER_SECONDS)
            await pipe.execute()

    async def _ask_places(self) -> None:
        asked = [f for group in self._followers.values() for f in group if f.scene.waiting]
        sides = [(follower, side) for follower in asked for side in follower.scene.waiting]
        async with self._redis.pipeline(transaction=False) as pipe:
            for follower, side in sides:
                pipe.zrank(keys.queue(follower.queues[side]), member(follower.stream, side))
            ranks = cast("list[int | None]", await pipe.execute()) if sides else []
        for follower in asked:
            own = [
                r for (f, _), r in zip(sides, ranks, strict=True) if f is follower and r is not None
            ]
            ahead = min(own, default=None)
            if ahead != follower.scene.ahead:
                follower.scene.ahead = ahead
                follower.news.set()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The running event loop's hub: one in a web process."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def followed() -> tuple[int, int]:
    """Open sockets of battles, and battles that they follow, in this process; from any thread."""
    followers = [list(hub._followers.values()) for hub in list(_hubs.values())]
    return sum(len(one) for many in followers for one in many), sum(map(len, followers))


def _position(identity: bytes) -> tuple[int, int]:
    milliseconds, sequence = identity.split(b"-")
    return int(milliseconds), int(sequence)
