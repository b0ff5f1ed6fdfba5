"""The public, read-only API."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The public, read-only API."""

    name = "arena.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
