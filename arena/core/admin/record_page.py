"""The page of a row that shows more than its columns, to accounts that may see the row."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

M = TypeVar("M", bound=Model)


class RecordPageAdmin(admin.ModelAdmin[M]):
    """Gives the template of a row's page what ``record_context`` returns."""

    def record_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """Return what the template shows of the row, without what this account may not see."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Return the page of a row, with its record where this account may see it."""
        row = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            context |= self.record_context(request, row)
        return super().change_view(request, object_id, form_url, context)
