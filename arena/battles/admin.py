"""What operators see of battles: everything, names included, and nothing to change.

Votes and draw plans stand in the leaderboard's admin, which knows what they are counted for.
"""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, Generation
from arena.core.readonly import ReadOnlyAdmin


@admin.register(Battle)
class BattleAdmin(ReadOnlyAdmin[Battle]):
    """All battles, newest first."""

    list_display = ("public_id", "state", "created_at", "draw_policy", "draw_probability", "pacing")
    list_filter = ("state", "draw_policy", "pacing", "publish")
    search_fields = ("public_id",)
    date_hierarchy = "created_at"


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin[Generation]):
    """All answers; the filter by state and failure shows what went wrong, and where."""

    list_display = (
        "battle",
        "side",
        "version",
        "state",
        "code",
        "attempt",
        "worker",
        "ended_at",
        "total_ms",
        "betrays",
    )
    list_filter = ("state", "code", "betrays", "version__card", "worker")
    list_select_related = ("turn__battle", "version__card")
    ordering = ("-id",)

    @admin.display(description=_("battle"))
    def battle(self, generation: Generation) -> str:
        """The battle's id."""
        return generation.turn.battle.public_id
