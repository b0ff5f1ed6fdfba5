"""Admin page of how pairs are drawn: the policy in force, and the plans made under it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from arena.battles.models import DrawPlan
from arena.boards.selectors import pairing_policy
from arena.catalog.models import ModelCard
from arena.catalog.selectors import boosted_cards
from arena.core.admin.read_only import ReadOnlyAdmin


@admin.register(DrawPlan)
class DrawPlanAdmin(ReadOnlyAdmin[DrawPlan]):
    """The admin's list of draw plans; the policy in force stands above it."""

    list_display = ("created_at", "policy")
    ordering = ("-id",)
    change_list_template = "admin/battles/drawplan/change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Render the list with the policy, the cards with another weight, and those boosted now."""
        weighted = ModelCard.objects.exclude(weight=1.0).order_by("-weight", "name")
        boosted = boosted_cards()
        context = {"in_force": pairing_policy(), "weighted": weighted, "boosted": boosted}
        return super().changelist_view(request, {**(extra_context or {}), **context})
