"""The app of what voters say about themselves, so that a board can say whom it speaks for."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemographicsConfig(AppConfig):
    """The app of what voters say about themselves, so that a board can say whom it speaks for."""

    name = "arena.demographics"
    label = "demographics"
    verbose_name = _("Voters in groups")
    default_auto_field = "django.db.models.BigAutoField"
