"""Invitations to a closed arena."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.core.admin.labelled_date_time import LABELLED_DATE_TIMES
from arena.voters.models import Invitation
from arena.voters.selectors import token_of


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """Make a link, and withdraw it; nothing is deleted."""

    list_display = ("label", "members", "most_members", "expires_at", "is_withdrawn")
    list_filter = ("is_withdrawn",)
    formfield_overrides = LABELLED_DATE_TIMES
    search_fields = ("label",)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        """Return the fields; a stored invitation has its link, too."""
        own = ("label", ("most_members", "expires_at"))
        return own if obj is None else ("link", *own, "is_withdrawn", "members")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        """Return what follows from the row."""
        return () if obj is None else ("link", "members")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field of a form; an invitation is for at least one member."""
        if db_field.name == "most_members":
            kwargs["min_value"] = 1
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """Return the invitations with the number of their members."""
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Refuse: an invitation is withdrawn instead."""
        return False

    def response_add(self, request: HttpRequest, obj: Invitation, *args: Any) -> Any:
        """Go on to the page that has the link."""
        super().response_add(request, obj, *args)
        return redirect("admin:voters_invitation_change", obj.pk)

    @admin.display(description=gettext_lazy("link"))
    def link(self, invitation: Invitation) -> str:
        """Return the link that invites; whoever has its address can join."""
        page = reverse("voters:join", args=[token_of(invitation)])
        said = _("Copy the address of this link and send it to whom you invite.")
        return format_html('<a href="{}">{}</a><br>{}', page, page, said)

    @admin.display(description=gettext_lazy("members"))
    def members(self, invitation: Any) -> int:
        """Return how many browsers have accepted it."""
        return int(invitation.member_count)
