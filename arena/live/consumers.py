"""The battle's socket: it forwards what the scene says and decides nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import parse_cookie
from redis.exceptions import RedisError

from arena.battles.models import Generation
from arena.battles.selectors.reading import (
    asked_at,
    battle_for,
    generations_of,
    shown_at_stop,
    shown_code,
)
from arena.battles.states import LIVE_GENERATIONS, READY_STATES, BattleState, Pacing
from arena.core.errors import NotFound
from arena.core.redis import client
from arena.live.following import BattleFollower
from arena.live.hub import hub
from arena.live.pacing import BattleView
from arena.live.panes import SideBuffer, SideViewState
from arena.voters.selectors import COOKIE, identity_from
from inference_worker.wire import keys
from inference_worker.wire.messages import Side

log = logging.getLogger(__name__)

STALLED_SECONDS = 60.0
ASK_SECONDS = 2.0
QUIET_SECONDS = 10.0
"""After this time without an event of an answer, the database is asked if it still runs."""
NOT_FOUND, UNAVAILABLE, BROKEN, RESTART = 4404, 1013, 1011, 1012
ANOTHER_TURN = 4205
"""The page shows another turn than the newest one, and has to be fetched anew."""


class BattleConsumer(AsyncWebsocketConsumer):
    """Sends frames of the closed list in ``pacing``; listens to nothing."""

    channel_layer_alias = "none"  # a socket of its own in the layer would cost a Redis read each

    follower: BattleFollower | None = None
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
            # The turn that the page shows; a page may name none.
            query = self.scope.get("query_string", b"").decode("latin-1")
            turn = next(iter(parse_qs(query).get("turn", [])), None)
            if turn not in (None, str(self.follower.turn)):
                await self.close(code=ANOTHER_TURN)
                return
            await hub().follow(self.follower)
        except NotFound:
            await self.close(code=NOT_FOUND)
        except (RedisError, OSError):
            await self.close(code=UNAVAILABLE)
        else:
            self.sender = asyncio.create_task(self._send_all(self.follower))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore the message: a browser has nothing to say here."""

    async def disconnect(self, code: int) -> None:
        """Say that the page was closed; where this server restarts, the page comes back."""
        if self.follower is not None and code != RESTART:
            await hub().part(self.follower)

    async def _stored(self) -> BattleFollower:
        public_id = self.scope["url_route"]["kwargs"]["public_id"]
        read = database_sync_to_async(_follower_for)
        # Django's own reading: the standard library's gives up at another program's odd cookie.
        header = dict(self.scope["headers"]).get(b"cookie", b"").decode("latin-1")
        return cast(BattleFollower, await read(public_id, parse_cookie(header).get(COOKIE, "")))

    async def _send_all(self, follower: BattleFollower) -> None:
        try:
            while True:
                await self._await_news(follower)
                if follower.has_moved:
                    await self.close(code=ANOTHER_TURN)
                    return
                await self._send_frames(follower)
        except TimeoutError:
            await self.close(code=UNAVAILABLE)
        except OSError:
            return  # the browser has gone
        except NotFound:
            await self.close(code=NOT_FOUND)  # erased, or its sign-in has ended
        except Exception:
            log.exception("a socket ends")
            await self.close(code=BROKEN)

    async def _send_frames(self, follower: BattleFollower) -> None:
        """Raises TimeoutError where the browser takes nothing for STALLED_SECONDS."""
        for parse in follower.scene.long_parses():
            await asyncio.to_thread(parse)
        for frame in follower.scene.frames():
            text = json.dumps(frame, ensure_ascii=False)
            await asyncio.wait_for(self.send(text_data=text), STALLED_SECONDS)

    async def _await_news(self, follower: BattleFollower) -> None:
        """Ask the database where the stream stays silent: what it should have said may be lost."""
        scene = follower.scene
        patience = ASK_SECONDS if scene.complete else QUIET_SECONDS
        running, due = scene.state == BattleState.GENERATING, scene.seconds_left()
        try:
            wait = min(patience, due) if running else None
            await asyncio.wait_for(follower.news.wait(), wait)
        except TimeoutError:
            if due < patience:
                return
            fresh = await self._stored()
            follower.has_moved = fresh.turn != follower.turn
            if fresh.scene.state != BattleState.GENERATING:
                follower.scene = fresh.scene
        follower.news.clear()


def _has_log(generation: Generation) -> bool:
    with suppress(RedisError, OSError):
        return bool(client().exists(keys.answer(keys.address(generation.fence))))
    return False


def _follower_for(public_id: str, cookie: str) -> BattleFollower:
    """Raises NotFound. An ended side comes from the database, a live one from the stream."""
    battle = battle_for(identity_from(cookie), public_id)
    generations = generations_of(battle)
    asked, settled = asked_at(generations), battle.state != BattleState.GENERATING
    scene = BattleView(
        state=battle.state,
        veiled=battle.pacing == Pacing.VEILED,
        sides=[cast(Side, generation.side) for generation in generations],
        ready=battle.state if battle.state in READY_STATES else "",
        asked=asked.timestamp() if asked else 0.0,
        settled=settled,
        stopped_at=shown_at_stop(generations),
    )
    queues: dict[Side, str] = {}
    turn = 0
    live: list[tuple[Side, int, str]] = []
    for generation in generations:
        queues[cast(Side, generation.side)] = generation.version.card.queue
        answer, turn = scene.answers[generation.side], generation.turn.number
        if generation.state in LIVE_GENERATIONS or (
            scene.veiled and not settled and _has_log(generation)
        ):
            answer.expect(generation.attempt)  # the stream may still hold how the last one failed
            live.append((cast(Side, generation.side), generation.attempt, generation.fence))
        else:
            answer.load(
                attempt=generation.attempt,
                state=cast(SideViewState, generation.state),
                text=generation.text,
                code=shown_code(generation),
            )
            answer.point(generation.detections or [])
            if generation.ended_at and isinstance(answer, SideBuffer):
                answer.note(generation.ended_at.timestamp() - scene.asked)
    follower = BattleFollower(public_id, scene, queues, turn=turn, begun=battle.turns_begun)
    for side, attempt, fence in live:
        follower.expect(side, attempt=attempt, address=keys.address(fence))
    return follower
