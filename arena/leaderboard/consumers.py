"""An open leaderboard's socket: it says which snapshot is the newest, and nothing else."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from arena.boards import dispatch
from arena.boards.selectors import OVERALL, latest


class LeaderboardConsumer(AsyncJsonWebsocketConsumer):
    """Sends ``{"type": "snapshot", "etag": ...}``; listens to nothing."""

    async def connect(self) -> None:
        """Accept, and say at once what stands: a message may have passed while nobody listened."""
        board = self.scope["url_route"]["kwargs"].get("board", OVERALL)
        # Before accepting: the layer leaves the groups of this list when the socket closes.
        self.groups = [dispatch.group(board)]
        await self.channel_layer.group_add(self.groups[0], self.channel_name)
        await self.accept()
        newest = await database_sync_to_async(latest)(board)
        await self.snapshot({"etag": newest.etag if newest else ""})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore the message: a browser has nothing to say here."""

    async def snapshot(self, message: dict[str, Any]) -> None:
        """Forward the group's message that there is a new snapshot."""
        await self.send_json({"type": "snapshot", "etag": message["etag"]})
