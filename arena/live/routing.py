"""The battle's websocket address."""

from __future__ import annotations

from django.urls import path

from arena.live.consumers import BattleConsumer

websocket_urlpatterns = [path("ws/battles/<str:public_id>", BattleConsumer.as_asgi())]
