"""What operators see of ledger and snapshots: to read, never to change."""

from __future__ import annotations

from django.contrib import admin

from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard.models import Board, LedgerEntry, PairCount, Snapshot


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin[LedgerEntry]):
    """Newest first."""

    list_display = ("number", "kind", "card_a", "card_b", "outcome", "reason", "created_at")
    list_filter = ("kind", "reason")
    list_select_related = ("card_a", "card_b")


@admin.register(PairCount)
class PairCountAdmin(ReadOnlyAdmin[PairCount]):
    """What the ledger adds up to."""

    list_display = ("card_a", "card_b", "outcome", "votes")
    list_filter = ("outcome",)
    list_select_related = ("card_a", "card_b")


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin[Board]):
    """How each board ranks."""

    list_display = ("name", "slug", "method", "parameters", "seed")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin[Snapshot]):
    """Newest first."""

    list_display = ("board", "ledger_number", "method", "code_version", "created_at", "etag")
    list_filter = ("board",)
    list_select_related = ("board",)
