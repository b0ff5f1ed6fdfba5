"""Who votes."""

from __future__ import annotations

from django.apps import AppConfig


class VotersConfig(AppConfig):
    """Who votes."""

    name = "arena.voters"
    label = "voters"
    default_auto_field = "django.db.models.BigAutoField"
