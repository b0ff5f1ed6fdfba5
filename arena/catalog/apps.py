"""Model cards and versions."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Model cards and versions."""

    name = "arena.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
