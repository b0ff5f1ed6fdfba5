"""The app that says what turns are about: language and category."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabelsConfig(AppConfig):
    """The app that says what turns are about: language and category."""

    name = "arena.labels"
    label = "labels"
    verbose_name = _("Labels")
    default_auto_field = "django.db.models.BigAutoField"
