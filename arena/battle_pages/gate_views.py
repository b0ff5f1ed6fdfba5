"""The edges of the gates: a challenge for a proof of work, and reports of answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from arena.battle_pages.views import own_battle
from arena.gates import proofs
from arena.gates.views import for_readers
from arena.orchestration import services


@require_safe
@for_readers
@never_cache
def proof(request: HttpRequest) -> HttpResponse:
    """A challenge that a browser answers with a proof of work, where one is asked for."""
    return JsonResponse(proofs.challenge())


@require_POST
@for_readers
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Report an answer of one's own battle; the page says so."""
    battle = own_battle(request, public_id)
    services.report_answer(battle=battle, side=request.POST.get("side", ""))
    return HttpResponseRedirect(reverse("battles:battle", args=[public_id]), status=303)
