"""What is stored about people: its table, its erasure, the end of its time, and the page on it."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """App of what is stored about people: its table, its erasure, the end of its time."""

    name = "arena.privacy"
    label = "privacy"
    verbose_name = _("Privacy")
    default_auto_field = "django.db.models.BigAutoField"
