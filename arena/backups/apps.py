"""Backups of everything that must not be lost; the list of their runs is a table of operations."""

from __future__ import annotations

from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Backups of everything that must not be lost."""

    name = "arena.backups"
    label = "backups"
