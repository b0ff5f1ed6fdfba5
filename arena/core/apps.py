"""The code that every app shares and no domain owns."""

from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The code that every app shares and no domain owns."""

    name = "arena.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
