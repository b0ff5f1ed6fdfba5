"""What each night's recount found: to read, never to change."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard.models import Recount


@admin.register(Recount)
class RecountAdmin(ReadOnlyAdmin[Recount]):
    """Newest first."""

    list_display = ("created_at", "ledger_number", "equal", "in_words")
    fields = ("created_at", "ledger_number", "in_words")

    @admin.display(boolean=True, description=gettext_lazy("counts equal the ledger"))
    def equal(self, recount: Recount) -> bool:
        """Whether nothing was found."""
        return not recount.findings

    @admin.display(description=gettext_lazy("what is wrong"))
    def in_words(self, recount: Recount) -> str:
        """Each finding, or a dash."""
        return " ".join(recount.findings) or "-"
