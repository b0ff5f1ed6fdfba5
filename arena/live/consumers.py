"""The battle's socket: it forwards what the scene says and decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from http.cookies import SimpleCookie
from typing import Any, cast

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from arena.battles.selectors import battle_for, generations_of
from arena.battles.states import LIVE_GENERATIONS, BattleState
from arena.core.errors import NotFound
from arena.live.hub import Follower, hub
from arena.live.pacing import PaneState, Scene
from arena.voters.selectors import COOKIE, voter_from
from inference_worker.wire.messages import Side

STALLED_SECONDS = 60.0
ASK_SECONDS = 2.0
NOT_FOUND, UNAVAILABLE = 4404, 1013


class BattleConsumer(AsyncWebsocketConsumer):
    """Sends frames of the closed list in ``pacing``; listens to nothing."""

    channel_layer_alias = "none"  # a socket of its own in the layer would cost a Redis read each

    follower: Follower | None = None
    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Accept, then close with 4404 for a battle that is absent or somebody else's."""
        await self.accept()
        self.public_id = self.scope["url_route"]["kwargs"]["public_id"]
        try:
            self.follower = await database_sync_to_async(_follower_for)(
                self.public_id, _cookie(self.scope)
            )
            await hub().follow(self.follower)
        except NotFound:
            await self.close(code=NOT_FOUND)
        except (RedisError, OSError):
            await self.close(code=UNAVAILABLE)
        else:
            self.sender = asyncio.create_task(self._send_all(self.follower))

    async def disconnect(self, code: int) -> None:
        """Leave the hub; the voter's presence runs out by itself."""
        if self.sender is not None:
            self.sender.cancel()
        if self.follower is not None:
            hub().leave(self.follower)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing that a browser says here means anything."""

    async def _send_all(self, follower: Follower) -> None:
        try:
            while True:
                await self._await_news(follower)
                for frame in follower.scene.frames():
                    text = json.dumps(frame, ensure_ascii=False)
                    await asyncio.wait_for(self.send(text_data=text), STALLED_SECONDS)
        except TimeoutError:
            await self.close(code=UNAVAILABLE)

    async def _await_news(self, follower: Follower) -> None:
        """Both answers there and still no vote open: the announcement may be lost, so ask."""
        scene = follower.scene
        overdue = scene.complete and scene.state == BattleState.GENERATING
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(follower.news.wait(), ASK_SECONDS if overdue else None)
        follower.news.clear()
        if overdue and scene.state == BattleState.GENERATING:
            fresh = await database_sync_to_async(_follower_for)(self.public_id, _cookie(self.scope))
            scene.state = fresh.scene.state


def _follower_for(public_id: str, cookie: str) -> Follower:
    """Raises NotFound. An ended side comes from the database, a live one from the stream."""
    battle = battle_for(voter_from(cookie), public_id)
    scene = Scene(state=battle.state, voting=battle.state == BattleState.VOTING)
    queues: dict[Side, str] = {}
    for generation in generations_of(battle):
        queues[cast(Side, generation.side)] = generation.version.card.queue
        if generation.state not in LIVE_GENERATIONS:
            scene.panes[generation.side].load(
                attempt=generation.attempt,
                state=cast(PaneState, generation.state),
                text=generation.text,
                code=generation.code,
            )
    return Follower(public_id, scene, queues)


def _cookie(scope: dict[str, Any]) -> str:
    header = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    morsel = SimpleCookie(header).get(COOKIE)
    return morsel.value if morsel else ""
