"""The app that publishes votes and battles as data sets."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DatasetsConfig(AppConfig):
    """The app that publishes votes and battles as data sets."""

    name = "arena.datasets"
    label = "datasets"
    verbose_name = _("Data sets")
    default_auto_field = "django.db.models.BigAutoField"
