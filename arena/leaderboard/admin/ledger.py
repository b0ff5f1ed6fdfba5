"""The ledger and what it adds up to: to read, never to change."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import ChoicesFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.core.long_lists import LongList
from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard.models import LedgerEntry, PairCount
from arena.leaderboard.states import Kind


class DecisionFilter(ChoicesFieldListFilter):
    """What is no vote is found among millions by an index of its own, asked for in its words."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Votes are nearly all there is; whatever has a reason is none."""
        found = cast("QuerySet[Any]", super().queryset(request, queryset))
        votes = not self.lookup_val or Kind.VOTE.value in self.lookup_val
        return found if votes else found.filter(~Q(kind=Kind.VOTE))


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
class LedgerEntryAdmin(LongList[LedgerEntry], ReadOnlyAdmin[LedgerEntry]):
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
    list_filter = (("kind", DecisionFilter), ("reason", DecisionFilter), ImportedFilter)
    list_select_related = ("card_a", "card_b", "labels")
    indexed = frozenset({"kind__exact", "reason__exact"})


@admin.register(PairCount)
class PairCountAdmin(ReadOnlyAdmin[PairCount]):
    """What the ledger adds up to."""

    list_display = ("card_a", "card_b", "outcome", "votes")
    list_filter = ("outcome",)
    list_select_related = ("card_a", "card_b")
