"""The edges of a battle's turns: ask one more, change the newest, take it back, read an answer."""

from __future__ import annotations

from dataclasses import replace

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from arena.battle_pages import selectors as pages
from arena.battle_pages.attempts import attempt_of
from arena.battle_pages.forms import FollowUpForm
from arena.battle_pages.views import ARRIVAL_SECONDS, own_battle
from arena.battles.models import Battle
from arena.battles.selectors import conversation, pairing
from arena.core.web.uploads import check_complete
from arena.gates.services import pass_gates, place, refuse_if_full
from arena.gates.states import GateStage
from arena.gates.views import for_readers
from arena.orchestration import dispatch, services


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one more question, with or without pictures, for both sides of a battle."""
    refuse_if_full()
    form = FollowUpForm(request.POST, request.FILES)
    check_complete(request)
    battle = _admitted(request, public_id)
    with place(pairing.drawable_queues()):
        question = form.question(conversation.words_so_far(battle))
        asked = question.asked_in(attempt_of(request, battle.voter))
        reports = pass_gates(asked, GateStage.FOLLOW_UP)
        after = form.cleaned_data["after"]
        services.add_turn(battle=battle, question=question, reports=reports, after=after)
    return _asked(request, battle)


@require_POST
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask the newest question, which failed or was stopped, in other words."""
    refuse_if_full()
    battle = _admitted(request, public_id)
    with place(pairing.drawable_queues()):
        prompt = FollowUpForm(request.POST).words()
        asked = replace(attempt_of(request, battle.voter), prompt=prompt)
        reports = pass_gates(asked, GateStage.FOLLOW_UP)
        services.edit_turn(battle=battle, prompt=prompt, reports=reports)
    return _asked(request, battle)


@require_POST
@for_readers
def take_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget the newest question, which failed or was stopped."""
    battle = own_battle(request, public_id)
    services.take_back_turn(battle=battle)
    return _answered(request, battle)


def _admitted(request: HttpRequest, public_id: str) -> Battle:
    battle = own_battle(request, public_id)
    pass_gates(attempt_of(request, battle.voter), GateStage.BUDGETS)
    return battle


def _asked(request: HttpRequest, battle: Battle) -> HttpResponse:
    dispatch.keep_alive(battle.public_id, seconds=ARRIVAL_SECONDS)
    return _answered(request, battle)


def _answered(request: HttpRequest, battle: Battle) -> HttpResponse:
    """Lead a form back to the battle's page; a script gets the address."""
    url = reverse("battles:battle", args=[battle.public_id])
    if request.accepts("text/html"):
        return HttpResponseRedirect(url, status=303)
    return JsonResponse({"url": url}, status=201, headers={"Location": url})


@require_safe
@csp_update({"sandbox": True})
@for_readers
@never_cache
def answer(request: HttpRequest, public_id: str, side: str) -> HttpResponse:
    """The newest answer of one side in the Markdown that its model wrote, as far as it is shown."""
    text = pages.shown_text(own_battle(request, public_id), side)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
