"""The ledger and what it adds up to: to read, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard.models import LedgerEntry, PairCount


class ImportedFilter(admin.SimpleListFilter):
    """Votes of this arena, or imported ones."""

    title = gettext_lazy("imported")
    parameter_name = "imported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One or the other."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[LedgerEntry]
    ) -> QuerySet[LedgerEntry]:
        """An own entry has a vote."""
        own = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if own is None else queryset.filter(vote__isnull=own)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin[LedgerEntry]):
    """Newest first."""

    list_display = (
        "number",
        "kind",
        "reason",
        "by",
        "card_a",
        "card_b",
        "outcome",
        "labels",
        "source",
        "created_at",
    )
    list_filter = ("kind", "reason", ImportedFilter)
    list_select_related = ("card_a", "card_b", "labels")
    show_full_result_count = False


@admin.register(PairCount)
class PairCountAdmin(ReadOnlyAdmin[PairCount]):
    """What the ledger adds up to."""

    list_display = ("card_a", "card_b", "outcome", "votes")
    list_filter = ("outcome",)
    list_select_related = ("card_a", "card_b")
