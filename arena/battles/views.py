"""The battle's pages: edges that check, call one service and render."""

from __future__ import annotations

import json
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from arena.battles import dispatch, selectors, services
from arena.battles.forms import QuestionForm
from arena.battles.models import Battle
from arena.battles.selectors import NotEnoughModels
from arena.battles.states import BattleState, Choice
from arena.catalog.selectors import prompt_limits
from arena.core.errors import NotFound
from arena.core.network import network_bucket
from arena.core.uploads import check_complete
from arena.gates.services import admit, is_admitted, place, refuse_if_full, spend
from arena.gates.views import for_readers
from arena.voters.models import Voter
from arena.voters.selectors import identity_of, voter_of
from arena.voters.services import (
    CONSENT_VERSION,
    enrol,
    introduce,
    must_ask_consent,
    record_consent,
    remember,
)

ARRIVAL_SECONDS = 30
"""So long a new battle waits for its page's socket before it counts as deserted."""


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def new(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """The page that a battle starts from, with the picture of an earlier one where it is named."""
    again = selectors.picture_again(_own(request, public_id)) if public_id else None
    offered = {**_offered(voter_of(request)), "again": again}
    response = render(request, "battles/new.html", offered)
    if not offered["models_ready"]:
        response.status_code = NotEnoughModels.status
        response["Retry-After"] = str(NotEnoughModels.retry_after)
    introduce(request, response)
    return response


def _offered(voter: Voter | None) -> dict[str, Any]:
    return {
        "samples": bool(selectors.samples()),
        "consent_needed": must_ask_consent(voter),
        "consent_version": CONSENT_VERSION,
        "prompt_max": settings.PROMPT_MAX_CHARACTERS,
        "prompt_limits": json.dumps([[one.tokens, one.rate] for one in prompt_limits()]),
        "max_megabytes": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
        "open_battle": selectors.open_battle(voter),
        "limits": selectors.model_limits(),
        "models_ready": selectors.is_open(),
    }


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Take a picture and a prompt, answer with the address of the battle."""
    refuse_if_full()
    form = QuestionForm(request.POST, request.FILES)
    check_complete(request)
    known = voter_of(request)
    admit("battle", voter=str(known.id) if known else None, network=network_bucket(request))
    with place(selectors.drawable_queues()):
        battle = _accepted(request, form, known)
    dispatch.keep_alive(battle.public_id, seconds=ARRIVAL_SECONDS)
    response = _created(request, reverse("battles:battle", args=[battle.public_id]))
    remember(response, battle.voter)
    return response


def _accepted(request: HttpRequest, form: QuestionForm, known: Voter | None) -> Battle:
    question = form.question()
    size, network = len(question.picture.data), network_bucket(request)
    spend(size, voter=str(known.id) if known else None, network=network)
    voter = known or enrol(request)
    if form.cleaned_data["consent_asked"]:
        record_consent(voter, publish=form.cleaned_data["publish"])
    return services.start_battle(voter=voter, question=question)


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def battle(request: HttpRequest, public_id: str) -> HttpResponse:
    """The battle's page; before the vote it holds nothing that names a model."""
    battle = _own(request, public_id)
    if battle.state == BattleState.GENERATING:
        dispatch.keep_alive(public_id, seconds=ARRIVAL_SECONDS)
    return render(request, "battles/battle.html", _battle_context(battle))


@require_safe
@csp_update({"sandbox": True})
@for_readers
def image(request: HttpRequest, public_id: str) -> HttpResponse:
    """The very bytes that both models get."""
    picture = selectors.turn_of(_own(request, public_id)).image
    response = HttpResponse(selectors.picture_bytes(picture), content_type=picture.mime)
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["Content-Disposition"] = "inline"
    return response


@require_POST
def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Store the vote and show the names; a repeated vote shows the stored one.

    A form that was sent without scripts is led back to the battle, where the names are.
    """
    battle = _own(request, public_id)
    admit("vote", voter=str(battle.voter_id), network=network_bucket(request))
    services.cast_vote(battle=battle, choice=request.POST.get("choice", ""))
    if request.accepts("text/html"):
        return HttpResponseRedirect(reverse("battles:battle", args=[public_id]), status=303)
    battle.refresh_from_db()
    return render(request, "battles/_reveal.html", _reveal_context(battle))


@require_safe
@for_readers
@never_cache
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """The names, for a page that hears of a vote in another one. NotFound without a vote."""
    context = _reveal_context(_own(request, public_id))
    if context["reveal"] is None:
        raise NotFound
    return render(request, "battles/_reveal.html", context)


@require_POST
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """End both answers."""
    services.end_battle(battle=_own(request, public_id), to=BattleState.STOPPED)
    return HttpResponse(status=204)


@require_POST
def skip(request: HttpRequest, public_id: str) -> HttpResponse:
    """Leave the battle without a vote and without the names."""
    services.end_battle(battle=_own(request, public_id), to=BattleState.SKIPPED)
    return HttpResponse(status=204)


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try the failed or stopped answers again."""
    battle = _own(request, public_id)
    admit("battle", voter=str(battle.voter_id), network=network_bucket(request))
    with place(selectors.drawable_queues()):
        services.retry_battle(battle=battle)
    dispatch.keep_alive(public_id, seconds=ARRIVAL_SECONDS)
    return HttpResponse(status=204)


@require_safe
@never_cache
def sample(request: HttpRequest) -> HttpResponse:
    """A sample picture with a prompt that suits it: a fresh one where a worker has drawn any."""
    admit("sample", network=network_bucket(request))
    fresh = dispatch.fresh_sample() if is_admitted("fresh_sample") else ""
    name = fresh or selectors.random_sample(request.GET.get("not", ""))
    return JsonResponse(selectors.offer(name))


@require_safe
@for_readers
def sample_image(request: HttpRequest, sample: str) -> HttpResponse:
    """A sample's bytes."""
    response = HttpResponse(selectors.sample_bytes(sample), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _own(request: HttpRequest, public_id: str) -> Battle:
    return selectors.battle_for(identity_of(request), public_id)


def _created(request: HttpRequest, url: str) -> HttpResponse:
    if request.accepts("text/html"):
        return HttpResponseRedirect(url, status=303)
    return JsonResponse({"url": url}, status=201, headers={"Location": url})


def _battle_context(battle: Battle) -> dict[str, Any]:
    generations = selectors.generations_of(battle)
    return {
        **_reveal_context(battle),
        "turn": selectors.turn_of(battle),
        "panes": selectors.panes(battle, generations),
        "failure_messages": failure_messages(),
    }


def _reveal_context(battle: Battle) -> dict[str, Any]:
    vote = selectors.stored_vote(battle)
    if vote is None:
        return {"battle": battle, "choice": None, "reveal": None}
    return {
        "battle": battle,
        "choice": vote.choice,
        "choice_label": Choice(vote.choice).label,
        "uncounted": vote.betrayed,
        "reveal": selectors.reveal(selectors.generations_of(battle), vote.choice),
        "same_conditions": battle.conditions,
    }


def failure_messages() -> dict[str, str]:
    """The closed set of reasons in words; none of them tells one model from another."""
    return {
        "overloaded": _(
            "Too many answers are waiting right now. Your question is safe; please try again."
        ),
        "timeout": _("This answer took too long. Your question is safe; please try again."),
        "refused": _(
            "That question can't be answered here: it may be too long, or a model declines it."
            " Please change the question."
        ),
        "empty": _("This model had nothing to say. Please try again, or change the question."),
        "unavailable": _(
            "This model can't be reached right now. Your question is safe; please try again."
        ),
        "internal": _("Something went wrong on our side. Your question is safe; please try again."),
    }
