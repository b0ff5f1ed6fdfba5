"""The choice of sample pictures, and battles on them that are prepared ahead."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SamplesConfig(AppConfig):
    """The choice of sample pictures, and battles on them that are prepared ahead."""

    name = "arena.samples"
    label = "samples"
    verbose_name = _("Sample pictures")
    default_auto_field = "django.db.models.BigAutoField"
