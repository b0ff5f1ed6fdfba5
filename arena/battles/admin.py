"""The admin's pages of answers. They show everything, names included, and can change nothing.

Battles are in the admin of the console, votes in that of the ledger and draw plans in that of the
boards.
"""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Generation
from arena.core.admin.keyset_list import LongList, RecentValuesFilter
from arena.core.admin.read_only import ReadOnlyAdmin


@admin.register(Generation)
class GenerationAdmin(LongList[Generation], ReadOnlyAdmin[Generation]):
    """The list of all answers. Its filters by state and failure show which answers failed."""

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
        """Return the public id of the battle."""
        return generation.turn.battle.public_id
