"""The websocket address of each board; without a name it is the overall one."""

from __future__ import annotations

from django.urls import path, re_path

from arena.leaderboard.consumers import LeaderboardConsumer

consumer = LeaderboardConsumer.as_asgi()
websocket_urlpatterns = [
    path("ws/leaderboard", consumer),
    re_path(r"^ws/leaderboard/(?P<board>[-a-zA-Z0-9_]{1,50})$", consumer),
]
