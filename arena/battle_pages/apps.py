"""The pages on which a visitor asks and votes; their tables are those of battles."""

from __future__ import annotations

from django.apps import AppConfig


class BattlePagesConfig(AppConfig):
    """The pages on which a visitor asks and votes."""

    name = "arena.battle_pages"
    label = "battle_pages"
