"""Every leaderboard that was ever shown: to read, never to change."""

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

from arena.core.guarded import guarded
from arena.core.long_lists import LongList, RecentValuesFilter
from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard import services
from arena.leaderboard.models import Snapshot


@admin.register(Snapshot)
class SnapshotAdmin(LongList[Snapshot], ReadOnlyAdmin[Snapshot]):
    """Newest first."""

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
        """Without the bodies, of forty kilobytes each."""
        return super().get_queryset(request).defer("body")

    @admin.display(description=gettext_lazy("SHA-256 of the body"))
    def short_etag(self, snapshot: Snapshot) -> str:
        """Its beginning."""
        return snapshot.etag[:12]

    @admin.display(description=gettext_lazy("body"))
    def as_json(self, snapshot: Snapshot) -> str:
        """Where its bytes are."""
        address = reverse("admin:leaderboard_snapshot_json", args=[snapshot.pk])
        return format_html('<a href="{}">JSON</a>', address)

    def get_urls(self) -> list[URLPattern]:
        """The bodies stand beside the list."""
        body = guarded(self, self.serve_body, "leaderboard.view_snapshot")
        return [
            path("<int:pk>/json", body, name="leaderboard_snapshot_json"),
            *super().get_urls(),
        ]

    def serve_body(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Byte for byte what its SHA-256 is of; computed again where it was thinned out."""
        snapshot = get_object_or_404(Snapshot.objects.select_related("board"), pk=pk)
        body = services.text_of(snapshot=snapshot)
        headers = {"ETag": quote_etag(snapshot.etag)}
        return HttpResponse(body, content_type="application/json", headers=headers)
