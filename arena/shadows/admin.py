"""The list of shadow answers; the page of a battle shows them beside those that voters saw."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from arena.core.admin.keyset_list import LongList
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.shadows.models import ShadowAnswer


@admin.register(ShadowAnswer)
class ShadowAnswerAdmin(LongList[ShadowAnswer], ReadOnlyAdmin[ShadowAnswer]):
    """Read what versions on trial said; nothing here can be changed."""

    list_display = ("version", "battle", "state", "code", "tokens", "first_text_ms", "total_ms")
    list_display_links = None
    dated = "asked_at"
    list_filter = ("state",)
    fields = ("version", "battle", "state", "code", "asked_at", "ended_at", "text")
    search_fields = ("version__card__slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShadowAnswer]:
        """Return the rows with their models and battles."""
        rows = super().get_queryset(request)
        return rows.select_related("version__card", "turn__battle")

    @admin.display(description=gettext_lazy("battle"))
    def battle(self, answer: Any) -> str:
        """Return the way to the battle, where all answers stand side by side."""
        battle = answer.turn.battle
        page = reverse("admin:battles_battle_change", args=[battle.pk])
        return format_html('<a href="{}">{}</a>', page, battle.public_id)
