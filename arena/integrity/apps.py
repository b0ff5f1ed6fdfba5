"""The app that looks at votes after they were cast."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrityConfig(AppConfig):
    """The app that looks at votes after they were cast."""

    name = "arena.integrity"
    label = "integrity"
    verbose_name = _("Integrity")
    default_auto_field = "django.db.models.BigAutoField"
