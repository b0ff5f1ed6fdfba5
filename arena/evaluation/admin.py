"""The admin's page for evaluators' tokens; a new one is shown once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from arena.core.admin.labelled_date_time import LABELLED_DATE_TIMES
from arena.evaluation.models import EvaluatorToken
from arena.evaluation.selectors import digest_of
from arena.evaluation.services import new_secret


@admin.register(EvaluatorToken)
class EvaluatorTokenAdmin(admin.ModelAdmin[EvaluatorToken]):
    """The tokens of those who may ask models from outside, with their budgets."""

    list_display = ("name", "is_active", "expires_at", "requests_a_day", "tokens_a_day")
    list_filter = ("is_active",)
    formfield_overrides = LABELLED_DATE_TIMES
    search_fields = ("name",)
    fields = ("name", "requests_a_day", "tokens_a_day", "expires_at", "is_active")

    def save_model(
        self, request: HttpRequest, obj: EvaluatorToken, form: Any, change: bool
    ) -> None:
        """Give a new token its secret, and show it this once."""
        if not change:
            secret = new_secret()
            obj.digest = digest_of(secret)
            said = _("The token, which is shown this once: %(token)s") % {"token": secret}
            messages.warning(request, said)
        super().save_model(request, obj, form, change)
