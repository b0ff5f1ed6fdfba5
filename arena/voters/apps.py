"""The app of those who vote."""

from __future__ import annotations

from django.apps import AppConfig


class VotersConfig(AppConfig):
    """The app of those who vote."""

    name = "arena.voters"
    label = "voters"
    default_auto_field = "django.db.models.BigAutoField"
