"""What one browser voted on, shown to that browser alone."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MineConfig(AppConfig):
    """App of what one browser voted on, shown to that browser alone."""

    name = "arena.mine"
    label = "mine"
    verbose_name = _("My battles")
    default_auto_field = "django.db.models.BigAutoField"
