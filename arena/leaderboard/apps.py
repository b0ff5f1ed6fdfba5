"""From votes to a ranking."""

from __future__ import annotations

from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    """From votes to a ranking."""

    name = "arena.leaderboard"
    label = "leaderboard"
    default_auto_field = "django.db.models.BigAutoField"
