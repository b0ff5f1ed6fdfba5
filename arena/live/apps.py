"""The live stream of a battle."""

from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The live stream of a battle."""

    name = "arena.live"
    label = "live"
    default_auto_field = "django.db.models.BigAutoField"
