"""Battles, turns, generations and votes."""

from __future__ import annotations

from django.apps import AppConfig


class BattlesConfig(AppConfig):
    """Battles, turns, generations and votes."""

    name = "arena.battles"
    label = "battles"
    default_auto_field = "django.db.models.BigAutoField"
