"""Boards: from the ledger to snapshots, and to the next draw plan."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    """Boards: from the ledger to snapshots, and to the next draw plan."""

    name = "arena.boards"
    label = "boards"
    verbose_name = _("Boards")
    default_auto_field = "django.db.models.BigAutoField"
