"""Read-only admin page of what each nightly verification found."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from arena.core.admin.read_only import ReadOnlyAdmin
from arena.ledger.models import Recount


@admin.register(Recount)
class RecountAdmin(ReadOnlyAdmin[Recount]):
    """The admin's list of verifications, the newest first."""

    list_display = ("created_at", "ledger_number", "equal", "in_words")
    fields = ("created_at", "ledger_number", "in_words")

    @admin.display(boolean=True, description=gettext_lazy("counts equal the ledger"))
    def equal(self, recount: Recount) -> bool:
        """Return whether nothing was found."""
        return not recount.findings

    @admin.display(description=gettext_lazy("what is wrong"))
    def in_words(self, recount: Recount) -> str:
        """Return the findings, or a dash where there are none."""
        return " ".join(recount.findings) or "-"
