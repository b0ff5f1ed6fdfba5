"""Telling the open leaderboards that there is something newer."""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def group(board: str) -> str:
    """Who listens to one board hears nothing of the others."""
    return f"leaderboard.{board}"


def announce(etag: str, board: str) -> None:
    """Best effort: a page that misses it asks again by itself within a minute."""
    message = {"type": "snapshot", "etag": etag}
    try:
        async_to_sync(get_channel_layer().group_send)(group(board), message)
    except (RedisError, OSError, ChannelFull) as error:
        log.warning("open leaderboards hear of this later: %s", type(error).__name__)
