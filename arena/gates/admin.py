"""The admin of which invitation opens which unlisted model."""

from __future__ import annotations

from django.contrib import admin

from arena.gates.models import InvitedModel


@admin.register(InvitedModel)
class InvitedModelAdmin(admin.ModelAdmin[InvitedModel]):
    """Open an unlisted model to the members of an invitation, or close it again."""

    list_display = ("card", "invitation")
    list_select_related = ("card", "invitation")
    search_fields = ("card__name", "card__slug", "invitation__label")
