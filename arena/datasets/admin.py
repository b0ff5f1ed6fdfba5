"""Operators see what was published, and why something was not."""

from __future__ import annotations

from django.contrib import admin

from arena.core.admin.read_only import ReadOnlyAdmin
from arena.datasets.models import Publication


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin[Publication]):
    """List the publications, the newest first."""

    list_display = ("name", "state", "published_at", "votes", "battles", "withdrawn", "problem")
    list_filter = ("state",)
