"""Model cards and versions."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Model cards and versions."""

    name = "arena.catalog"
    label = "catalog"
    verbose_name = _("Models")
    default_auto_field = "django.db.models.BigAutoField"
