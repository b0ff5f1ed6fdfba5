"""The numbered, append-only list of votes that the maths reads."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """The numbered, append-only list of votes that the maths reads."""

    name = "arena.ledger"
    label = "ledger"
    verbose_name = _("Ledger entries")
    default_auto_field = "django.db.models.BigAutoField"
