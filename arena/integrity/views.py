"""The public page of integrity, and the decision on a case in the admin."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from arena.core.errors import DomainError
from arena.gates.views import for_readers
from arena.integrity.forms import DecisionForm
from arena.integrity.selectors.public import integrity_page
from arena.integrity.services.decisions import decide_case


@require_safe
@for_readers
def integrity_ledger(request: HttpRequest) -> HttpResponse:
    """Show what was found among the votes and what was decided about it."""
    page = integrity_page(request.GET.get("before", ""))
    return render(request, "integrity/ledger.html", {"page": page, "days": settings.HOLD_DAYS})


@require_POST
def decide(request: HttpRequest, case: int) -> HttpResponse:
    """Decide on a case, and show it again."""
    form = DecisionForm(request.POST)
    if form.is_valid():
        _decide(request, case, form.cleaned_data["action"], form.cleaned_data["words"])
    else:
        messages.error(request, _("That is not one of the decisions. Nothing was changed."))
    return HttpResponseRedirect(reverse("admin:integrity_case_change", args=[case]))


def _decide(request: HttpRequest, case: int, action: str, words: str) -> None:
    by = request.user.get_username()
    try:
        made = decide_case(case=case, action=action, by=by, words=words)
    except DomainError as error:
        messages.error(request, str(error.message))
        return
    said = ngettext("Done for %(n)d vote.", "Done for %(n)d votes.", made.votes) % {"n": made.votes}
    messages.success(request, said)
