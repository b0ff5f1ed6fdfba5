"""The app of the checks before a battle or a vote."""

from __future__ import annotations

from django.apps import AppConfig


class GatesConfig(AppConfig):
    """The gates before a battle, a vote and a socket."""

    name = "arena.gates"
    label = "gates"
    default_auto_field = "django.db.models.BigAutoField"
