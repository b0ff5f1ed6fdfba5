"""Cases in the admin: what was found, why, and one click to decide."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy

from arena.core.admin.permissions import require_permission
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.core.admin.record_page import RecordPageAdmin
from arena.integrity import views
from arena.integrity.forms import DecisionForm
from arena.integrity.models import Case
from arena.integrity.selectors.evidence import case_record, decision_words
from arena.integrity.services.what_if import board_without

DECIDE = "integrity.decide_case"


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin[Case], RecordPageAdmin[Case]):
    """The admin's list of cases, the newest first; the page of one has its evidence."""

    list_display = ("pk", "kind", "card", "direction", "status", "votes", "identities", "opened_at")
    list_display_links = ("pk", "kind")
    list_filter = ("status", "kind", "card")
    list_select_related = ("card",)
    change_form_template = "admin/integrity/case.html"

    @admin.display(description=gettext_lazy("votes"))
    def votes(self, case: Case) -> int:
        """Return the number of votes that the case is about."""
        return int(case.evidence.get("votes", 0))

    @admin.display(description=gettext_lazy("identities"))
    def identities(self, case: Case) -> int:
        """Return the number of identities that cast them."""
        return int(case.evidence.get("identities", 0))

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's addresses, with that of a decision."""
        decide = require_permission(self, views.decide, DECIDE)
        return [
            path("<int:case>/decide/", decide, name="integrity_case_decide"),
            *super().get_urls(),
        ]

    def record_context(self, request: HttpRequest, row: Case) -> dict[str, Any]:
        """Return the record of a case, with the decisions that this account may take."""
        record = case_record(row)
        context = {
            "record": record,
            "standings": board_without(row),
            "sees_votes": request.user.has_perm("battles.view_vote"),
        }
        if request.user.has_perm(DECIDE):
            context["form"] = DecisionForm()
            context["buttons"] = decision_words(record)
        return context
