"""Read-only admin page of every leaderboard that was ever shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import quote_etag
from django.utils.translation import gettext_lazy

from arena.boards.models import Snapshot
from arena.boards.services.reproduction import snapshot_body
from arena.core.admin.keyset_list import LongList, RecentValuesFilter
from arena.core.admin.permissions import require_permission
from arena.core.admin.read_only import ReadOnlyAdmin


@admin.register(Snapshot)
class SnapshotAdmin(LongList[Snapshot], ReadOnlyAdmin[Snapshot]):
    """The admin's list of snapshots, the newest first."""

    list_display = ("board", "ledger_number", "created_at", "method", "short_etag", "as_json")
    list_filter = ("board", ("method", RecentValuesFilter))
    list_select_related = ("board",)
    indexed = frozenset({"board__id__exact"})
    fields = (
        "board",
        "ledger_number",
        "ledger_hash",
        "created_at",
        "method",
        "parameters",
        "filter",
        "seed",
        "code_version",
        "etag",
        "as_json",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the snapshots without their bodies, of forty kilobytes each."""
        return super().get_queryset(request).defer("body")

    @admin.display(description=gettext_lazy("SHA-256 of the body"))
    def short_etag(self, snapshot: Snapshot) -> str:
        """Return the beginning of the etag."""
        return snapshot.etag[:12]

    @admin.display(description=gettext_lazy("body"))
    def as_json(self, snapshot: Snapshot) -> str:
        """Return a link to the snapshot's bytes."""
        address = reverse("admin:boards_snapshot_json", args=[snapshot.pk])
        return format_html('<a href="{}">JSON</a>', address)

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's addresses, with one for the body of a snapshot."""
        body = require_permission(self, self.serve_body, "boards.view_snapshot")
        return [
            path("<int:pk>/json", body, name="boards_snapshot_json"),
            *super().get_urls(),
        ]

    def serve_body(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the bytes that the SHA-256 is of, computed again where they were pruned."""
        snapshot = get_object_or_404(Snapshot.objects.select_related("board"), pk=pk)
        body = snapshot_body(snapshot=snapshot)
        headers = {"ETag": quote_etag(snapshot.etag)}
        return HttpResponse(body, content_type="application/json", headers=headers)
