"""What stands before a battle or a vote."""

from __future__ import annotations

from django.apps import AppConfig


class GatesConfig(AppConfig):
    """What stands before a battle or a vote."""

    name = "arena.gates"
    label = "gates"
    default_auto_field = "django.db.models.BigAutoField"
