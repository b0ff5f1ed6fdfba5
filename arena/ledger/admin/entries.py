"""The ledger and what it adds up to: to read, never to change."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import ChoicesFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.core.admin.keyset_list import LongList
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.ledger.models import LedgerEntry, PairCount
from arena.ledger.states import EntryKind


class DecisionFilter(ChoicesFieldListFilter):
    """A filter whose query has the words of the index that holds the entries which are no votes."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the entries of a choice; what has a reason is no vote, and the query says so."""
        found = cast("QuerySet[Any]", super().queryset(request, queryset))
        votes = not self.lookup_val or EntryKind.VOTE.value in self.lookup_val
        return found if votes else found.filter(~Q(kind=EntryKind.VOTE))


class ImportedFilter(admin.SimpleListFilter):
    """A filter by where the vote was cast: in this arena, or elsewhere."""

    title = gettext_lazy("imported")
    parameter_name = "imported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two choices."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[LedgerEntry]
    ) -> QuerySet[LedgerEntry]:
        """Return the entries about imported votes, or those about votes of this arena."""
        own = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if own is None else queryset.filter(vote__isnull=own)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LongList[LedgerEntry], ReadOnlyAdmin[LedgerEntry]):
    """The admin's list of ledger entries, the newest first."""

    list_display = (
        "number",
        "kind",
        "reason",
        "by",
        "card_a",
        "version_a",
        "card_b",
        "version_b",
        "outcome",
        "labels",
        "source",
        "created_at",
    )
    list_filter = (("kind", DecisionFilter), ("reason", DecisionFilter), ImportedFilter)
    list_select_related = ("card_a", "card_b", "version_a__card", "version_b__card", "labels")
    indexed = frozenset({"kind__exact", "reason__exact"})


@admin.register(PairCount)
class PairCountAdmin(ReadOnlyAdmin[PairCount]):
    """The admin's list of counts, which are what the ledger adds up to."""

    list_display = ("version_a", "version_b", "outcome", "votes")
    list_filter = ("outcome",)
    list_select_related = ("version_a__card", "version_b__card")
