"""Optional accounts, by which a voter is found again in another browser."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Optional accounts, by which a voter is found again in another browser."""

    name = "arena.accounts"
    label = "accounts"
    verbose_name = _("Voters' accounts")
    default_auto_field = "django.db.models.BigAutoField"
