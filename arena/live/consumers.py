"""The battle's socket: it forwards what the scene says and decides nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, cast

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import parse_cookie
from redis.exceptions import RedisError

from arena.battles.selectors import battle_for, generations_of, shown_code
from arena.battles.states import LIVE_GENERATIONS, BattleState, Pacing
from arena.core.errors import NotFound
from arena.live.following import Follower
from arena.live.hub import hub
from arena.live.pacing import Scene
from arena.live.panes import PaneState
from arena.voters.selectors import COOKIE, identity_from
from inference_worker.wire import keys
from inference_worker.wire.messages import Side

log = logging.getLogger(__name__)

STALLED_SECONDS = 60.0
ASK_SECONDS = 2.0
QUIET_SECONDS = 10.0
"""After so long without news of an answer, the database is asked whether it still runs."""
NOT_FOUND, UNAVAILABLE, BROKEN = 4404, 1013, 1011


class BattleConsumer(AsyncWebsocketConsumer):
    """Sends frames of the closed list in ``pacing``; listens to nothing."""

    channel_layer_alias = "none"  # a socket of its own in the layer would cost a Redis read each

    follower: Follower | None = None
    sender: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Leave the hub however the socket ends: a server that is cut off calls no disconnect."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.sender is not None:
                self.sender.cancel()
            if self.follower is not None:
                hub().leave(self.follower)

    async def connect(self) -> None:
        """Accept, then close with 4404 for a battle that is absent or somebody else's."""
        await self.accept()
        try:
            self.follower = await self._stored()
            await hub().follow(self.follower)
        except NotFound:
            await self.close(code=NOT_FOUND)
        except (RedisError, OSError):
            await self.close(code=UNAVAILABLE)
        else:
            self.sender = asyncio.create_task(self._send_all(self.follower))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing that a browser says here means anything."""

    async def _stored(self) -> Follower:
        public_id = self.scope["url_route"]["kwargs"]["public_id"]
        read = database_sync_to_async(_follower_for)
        return cast(Follower, await read(public_id, _cookie(self.scope)))

    async def _send_all(self, follower: Follower) -> None:
        try:
            while True:
                await self._await_news(follower)
                for parse in follower.scene.long_parses():
                    await asyncio.to_thread(parse)
                for frame in follower.scene.frames():
                    text = json.dumps(frame, ensure_ascii=False)
                    await asyncio.wait_for(self.send(text_data=text), STALLED_SECONDS)
        except TimeoutError:
            await self.close(code=UNAVAILABLE)
        except OSError:
            return  # the browser has gone
        except Exception:
            log.exception("a socket ends")
            await self.close(code=BROKEN)

    async def _await_news(self, follower: Follower) -> None:
        """Where the stream stays silent, what it should have said may be lost: so ask."""
        scene = follower.scene
        patience = ASK_SECONDS if scene.complete else QUIET_SECONDS
        running = scene.state == BattleState.GENERATING
        try:
            await asyncio.wait_for(follower.news.wait(), patience if running else None)
        except TimeoutError:
            fresh = (await self._stored()).scene
            if fresh.state != BattleState.GENERATING:
                follower.scene = fresh
        follower.news.clear()


def _follower_for(public_id: str, cookie: str) -> Follower:
    """Raises NotFound. An ended side comes from the database, a live one from the stream."""
    battle = battle_for(identity_from(cookie), public_id)
    scene = Scene(
        state=battle.state,
        veiled=battle.pacing == Pacing.VEILED,
        voting=battle.state == BattleState.VOTING,
    )
    queues: dict[Side, str] = {}
    live: list[tuple[Side, int, str]] = []
    for generation in generations_of(battle):
        queues[cast(Side, generation.side)] = generation.version.card.queue
        answer = scene.answers[generation.side]
        if generation.state in LIVE_GENERATIONS:
            answer.expect(generation.attempt)  # the stream may still hold how the last one failed
            live.append((cast(Side, generation.side), generation.attempt, generation.fence))
        else:
            answer.load(
                attempt=generation.attempt,
                state=cast(PaneState, generation.state),
                text=generation.text,
                code=shown_code(generation),
            )
    follower = Follower(public_id, scene, queues)
    for side, attempt, fence in live:
        follower.expect(side, attempt=attempt, address=keys.address(fence))
    return follower


def _cookie(scope: dict[str, Any]) -> str:
    """Django's own reading: the standard library's gives up at another program's odd cookie."""
    header = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    return parse_cookie(header).get(COOKIE, "")
