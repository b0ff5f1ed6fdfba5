"""All websocket addresses."""

from __future__ import annotations

from arena.leaderboard.routing import websocket_urlpatterns as leaderboard
from arena.live.routing import websocket_urlpatterns as live

websocket_urlpatterns = [*live, *leaderboard]
