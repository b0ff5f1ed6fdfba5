"""Telling the open leaderboards that there is something newer, and the slow boards to follow."""

from __future__ import annotations

import asyncio
import logging

from asgiref.sync import async_to_sync
from celery import current_app
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.core.redis import TIMEOUT_SECONDS, client
from inference_worker.wire import task

log = logging.getLogger(__name__)

UPDATE_BACKGROUND_BOARDS = "arena.boards.update_background_boards"
SLOW_SECONDS = 60
"""A message that nobody took for so long has been overtaken."""


def group(board: str) -> str:
    """Return the group of who listens to one board, and hears nothing of the others."""
    return f"leaderboard.{board}"


def announce(etag: str, board: str) -> None:
    """Tell open pages of a new snapshot; one that misses it asks again within a minute."""

    async def send() -> None:
        # The layer's own connections would wait for a Redis that hangs as long as it does.
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await get_channel_layer().group_send(group(board), {"type": "snapshot", "etag": etag})

    try:
        async_to_sync(send)()
    except (RedisError, OSError, ChannelFull) as error:
        log.warning("open leaderboards hear of this later: %s", type(error).__name__)


def request_background_update() -> None:
    """Ask the slow queue for its boards, best effort: the beat asks again.

    Where one message waits there is no second one, so that a queue to which nobody listens does
    not fill the store.
    """
    try:
        if not task.backlog(client(), settings.SLOW_QUEUE):
            current_app.send_task(
                UPDATE_BACKGROUND_BOARDS,
                queue=settings.SLOW_QUEUE,
                retry=False,
                expires=SLOW_SECONDS,
            )
    except (RedisError, KombuError, OSError) as error:
        log.warning("slow boards follow later: %s", type(error).__name__)
