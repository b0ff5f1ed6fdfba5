"""The app of what follows a vote: facts beside the names, taking a vote back, a public link."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RevealConfig(AppConfig):
    """The app of what follows a vote: facts beside the names, taking a vote back, a public link."""

    name = "arena.reveal"
    label = "reveal"
    verbose_name = _("Reveal")
    default_auto_field = "django.db.models.BigAutoField"
