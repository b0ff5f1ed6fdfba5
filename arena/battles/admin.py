"""What operators see of battles: everything, names included, and nothing to change.

Votes and draw plans stand in the leaderboard's admin, which knows what they are counted for.
"""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, Generation
from arena.core.long_lists import LongList, RecentValuesFilter
from arena.core.readonly import ReadOnlyAdmin


@admin.register(Battle)
class BattleAdmin(LongList[Battle], ReadOnlyAdmin[Battle]):
    """All battles, newest first."""

    list_display = ("public_id", "state", "created_at", "draw_policy", "draw_probability", "pacing")
    list_filter = ("state", ("draw_policy", RecentValuesFilter), "pacing", "publish")
    search_fields = ("public_id__exact",)
    search_help_text = _("The whole id, as it stands in the battle's address.")


@admin.register(Generation)
class GenerationAdmin(LongList[Generation], ReadOnlyAdmin[Generation]):
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
    list_filter = (
        "state",
        ("code", RecentValuesFilter),
        "betrays",
        "version__card",
        ("worker", RecentValuesFilter),
    )
    list_select_related = ("turn__battle", "version__card")
    dated = "turn__battle__created_at"

    @admin.display(description=_("battle"))
    def battle(self, generation: Generation) -> str:
        """The battle's id."""
        return generation.turn.battle.public_id
