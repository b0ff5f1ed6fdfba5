"""The ledger and what it adds up to: to read, never to change."""

from __future__ import annotations

from django.contrib import admin

from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard.models import LedgerEntry, PairCount


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin[LedgerEntry]):
    """Newest first."""

    list_display = (
        "number",
        "kind",
        "card_a",
        "card_b",
        "outcome",
        "reason",
        "labels",
        "day",
        "by",
        "created_at",
    )
    list_filter = ("kind", "reason", ("source", admin.EmptyFieldListFilter))
    list_select_related = ("card_a", "card_b", "labels")
    show_full_result_count = False


@admin.register(PairCount)
class PairCountAdmin(ReadOnlyAdmin[PairCount]):
    """What the ledger adds up to."""

    list_display = ("card_a", "card_b", "outcome", "votes")
    list_filter = ("outcome",)
    list_select_related = ("card_a", "card_b")
