"""The list of all websocket addresses."""

from __future__ import annotations

from django.urls import re_path

from arena.core.web.origin import deny
from arena.leaderboard.routing import websocket_urlpatterns as leaderboard
from arena.live.routing import websocket_urlpatterns as live

# An address that leads nowhere is refused, and is no error of ours.
nowhere = re_path("", deny)  # type: ignore[arg-type]  # Channels routes to ASGI applications

websocket_urlpatterns = [*live, *leaderboard, nowhere]
