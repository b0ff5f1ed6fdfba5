"""How pairs are drawn: the policy in force, and the plans that were made under it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from arena.battles.models import DrawPlan
from arena.catalog.models import ModelCard
from arena.core.readonly import ReadOnlyAdmin
from arena.leaderboard import selectors


@admin.register(DrawPlan)
class DrawPlanAdmin(ReadOnlyAdmin[DrawPlan]):
    """Newest first; what is in force stands above the list."""

    list_display = ("created_at", "policy")
    ordering = ("-id",)
    change_list_template = "admin/battles/drawplan/change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the policy, and the cards that operators have given another weight."""
        weighted = ModelCard.objects.exclude(weight=1.0).order_by("-weight", "name")
        context = {"in_force": selectors.policy(), "weighted": weighted}
        return super().changelist_view(request, {**(extra_context or {}), **context})
