"""The battle's pages: edges that check, call one service and render."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from arena.battle_pages import selectors as pages
from arena.battle_pages.attempts import attempt_of
from arena.battle_pages.forms import QuestionForm, conversation_full
from arena.battle_pages.words import failure_messages, sample_hint
from arena.battles.models import Battle, Generation, Vote
from arena.battles.selectors import conversation, pairing, pictures, reading, samples
from arena.battles.selectors.pairing import NotEnoughModels
from arena.battles.states import OPEN_STATES, BattleMode, BattleState, Choice
from arena.catalog.selectors import prompt_limits
from arena.core.errors import NotFound
from arena.core.web.uploads import check_complete
from arena.gates.attempts import BattleAttempt, GateReports
from arena.gates.services import admit, pass_gates, place, refuse_if_full
from arena.gates.states import GateStage
from arena.gates.views import for_readers
from arena.orchestration import dispatch, services
from arena.voters.selectors import COOKIE, asked_of, identity_of, read_cookie, voter_of
from arena.voters.services import (
    CONSENT_VERSION,
    enrol,
    introduce,
    must_ask_consent,
    record_confirmation,
    record_consent,
    remember,
)

ARRIVAL_SECONDS = 30
"""A new battle waits this long for the socket of its page before it counts as deserted."""


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def new(request: HttpRequest) -> HttpResponse:
    """The page that a battle starts from."""
    return blind_page(request)


def blind_page(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Return the page for a blind battle, with the picture of an earlier one where it is named."""
    voter = voter_of(request)
    offered = {
        "consent_needed": must_ask_consent(voter),
        "consent_version": CONSENT_VERSION,
        "open_battle": reading.open_battle(voter),
        "models_ready": pairing.is_open(),
        "named_questions": settings.NAMED_QUESTIONS,
    }
    return compose(request, "battle_pages/new.html", offered, public_id)


def compose(
    request: HttpRequest, template: str, offered: dict[str, Any], public_id: str = ""
) -> HttpResponse:
    """Return a page with the form of a question; with the picture of an earlier battle where it is
    named, and with ``?edit`` also with its question."""
    earlier = own_battle(request, public_id) if public_id else None
    edit = "edit" in request.GET
    again = pages.picture_again(earlier, with_question=edit) if earlier else None
    more = {"again": again, "confirmation": asked_of(request)}
    response = render(request, template, {**_offered(), **offered, **more})
    if not offered["models_ready"]:
        response.status_code = NotEnoughModels.status
        response["Retry-After"] = str(NotEnoughModels.retry_after)
    introduce(request, response)
    return response


def _offered() -> dict[str, Any]:
    return {
        "samples": reverse(settings.SAMPLE_PAGE) if samples.shipped_samples() else "",
        "prompt_max": settings.PROMPT_MAX_CHARACTERS,
        "prompt_limits": json.dumps([[one.tokens, one.rate] for one in prompt_limits()]),
        "max_megabytes": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
        "pictures_left": settings.TURN_IMAGES,
        "limits": pages.model_limits(),
    }


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Take a picture, a prompt and perhaps models' names; answer with the battle's address."""
    refuse_if_full()
    form = QuestionForm(request.POST, request.FILES)
    check_complete(request)
    attempt = attempt_of(request, voter_of(request))
    reports = pass_gates(attempt, GateStage.ARRIVAL, GateStage.BUDGETS)
    with place(pairing.drawable_queues()):
        battle = _accepted(request, form, attempt, reports)
    url = reverse("battles:battle", args=[battle.public_id])
    response: HttpResponse = HttpResponseRedirect(url, status=303)
    if not request.accepts("text/html"):
        response = JsonResponse({"url": url}, status=201, headers={"Location": url})
    remember(response, battle.voter)
    return response


def _accepted(
    request: HttpRequest, form: QuestionForm, attempt: BattleAttempt, reports: GateReports
) -> Battle:
    question = form.question()
    reports |= pass_gates(question.asked_in(attempt), GateStage.QUESTION, GateStage.CONTENT)
    voter = enrol(request)
    record_confirmation(voter)
    if form.cleaned_data["consent_asked"]:
        record_consent(voter, publish=form.cleaned_data["publish"])
    if slugs := [slug for slug in request.POST.getlist("model") if slug]:
        battle = services.ask_by_name(voter=voter, question=question, slugs=slugs, reports=reports)
    else:
        battle = services.start_battle(voter=voter, question=question, reports=reports)
    dispatch.keep_alive(battle.public_id, seconds=ARRIVAL_SECONDS)
    return battle


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def battle(request: HttpRequest, public_id: str) -> HttpResponse:
    """The battle's page; before the vote it holds nothing that names a model."""
    battle = own_battle(request, public_id)
    if battle.state == BattleState.GENERATING:
        dispatch.keep_alive(public_id, seconds=ARRIVAL_SECONDS)
    return render(request, "battle_pages/battle.html", _battle_context(battle))


@require_safe
@csp_update({"sandbox": True})
@for_readers
def image(request: HttpRequest, public_id: str, digest: str = "") -> HttpResponse:
    """The very bytes that both models get; without a digest, those of the first picture.

    A browser asks each time whether it may still show its copy: the picture may have been erased.
    """
    own = own_battle(request, public_id)
    picture = conversation.image_of(own, digest)
    data, etag = pictures.picture_bytes(picture), quote_etag(picture.digest)
    response = get_conditional_response(request, etag=etag)
    response = response or HttpResponse(data, content_type=picture.mime)
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = "inline"
    response["ETag"] = etag
    return response


@require_POST
def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Store the vote and show the names; a repeated vote shows the stored one.

    A form that was sent without scripts is led back to the battle, where the names are.
    """
    voter, mark = read_cookie(request.COOKIES.get(COOKIE, ""))
    if voter is None:
        raise NotFound
    # Not by the voter alone: an ended sign-in, which only the vote's statement sees, has its own.
    admit("vote", voter=f"{voter}:{mark}")
    choice = request.POST.get("choice", "")
    services.cast_vote(voter=voter, public_id=public_id, choice=choice, mark=mark)
    if request.accepts("text/html"):
        return HttpResponseRedirect(reverse("battles:battle", args=[public_id]), status=303)
    return _names(request, voter, public_id)


@require_safe
@for_readers
@never_cache
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """The names, for a page that hears of a vote in another one. NotFound without a vote."""
    return _names(request, identity_of(request), public_id)


@require_safe
@for_readers
@never_cache
def names(request: HttpRequest, public_id: str) -> HttpResponse:
    """The names of a battle that was skipped, or whose answers agree: neither can get a vote any
    more. NotFound for any other."""
    answers = reading.unvotable_answers(identity_of(request), public_id)
    return render(request, "battle_pages/_names.html", {"reveal": pages.reveal(answers, "")})


@require_POST
@for_readers
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop both answers at the voter's request, or the one of the side that is named."""
    battle = own_battle(request, public_id)
    if side := request.POST.get("side", ""):
        services.stop_side(battle=battle, side=side)
    else:
        services.end_battle(battle=battle, to=BattleState.STOPPED)
    return HttpResponse(status=204)


@require_POST
@for_readers
def skip(request: HttpRequest, public_id: str) -> HttpResponse:
    """Leave the battle without a vote."""
    services.end_battle(battle=own_battle(request, public_id), to=BattleState.SKIPPED)
    return HttpResponse(status=204)


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try the failed or stopped answers again."""
    battle = own_battle(request, public_id)
    pass_gates(attempt_of(request, battle.voter), GateStage.BUDGETS)
    with place(pairing.drawable_queues()):
        services.retry_battle(battle=battle)
    dispatch.keep_alive(public_id, seconds=ARRIVAL_SECONDS)
    return HttpResponse(status=204)


@require_safe
@for_readers
def sample_image(request: HttpRequest, sample: str) -> HttpResponse:
    """Serve the bytes of a sample picture."""
    response = HttpResponse(samples.sample_bytes(sample), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def own_battle(request: HttpRequest, public_id: str) -> Battle:
    """Return the visitor's battle of that id. Raises NotFound."""
    return reading.battle_for(identity_of(request), public_id)


def _battle_context(battle: Battle) -> dict[str, Any]:
    generations, vote = reading.generations_of(battle), reading.stored_vote(battle)
    voted = reading.voted_answers(battle.voter_id, battle.public_id) if vote else []
    asking_on: dict[str, Any] = {}
    if battle.state in OPEN_STATES:  # what the form for one more question needs to know
        before = conversation.words_so_far(battle)
        limits = prompt_limits()
        room = [[one.tokens - max(map(one.takes, before), default=0), one.rate] for one in limits]
        shown = len(conversation.conversation_images(battle))
        asking_on = {
            "prompt_max": settings.PROMPT_MAX_CHARACTERS,
            "prompt_limits": json.dumps([[max(tokens, 0), rate] for tokens, rate in room]),
            "conversation_full": conversation_full(before, limits),
            "max_megabytes": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
            "pictures_left": max(0, min(settings.TURN_IMAGES, settings.BATTLE_IMAGES - shown)),
            "turns_left": settings.BATTLE_TURNS - battle.turns.count(),
        }
    return {
        "battle": battle,
        "named": battle.mode != BattleMode.BLIND,
        "choice": None,
        "reveal": None,
        **(_reveal_context(voted, vote) if vote else {}),
        **pages.conversation(battle, generations),
        "panes": pages.panes(battle, generations),
        "reported": reading.reported_sides(battle),
        "failure_messages": failure_messages(),
        "hint": sample_hint(generations[0].turn.sample_stratum),
        **asking_on,
    }


def _names(request: HttpRequest, voter: UUID | None, public_id: str) -> HttpResponse:
    answers = reading.voted_answers(voter, public_id)
    battle = answers[0].turn.battle
    context = {"battle": battle, **_reveal_context(answers, battle.vote)}
    return render(request, "battle_pages/_reveal.html", context)


def _reveal_context(answers: list[Generation], vote: Vote) -> dict[str, Any]:
    return {
        "choice": vote.choice,
        "choice_label": Choice(vote.choice).label,
        "uncounted": vote.betrayed,
        "reveal": pages.reveal(answers, vote.choice),
        "sample": answers[-1].turn.sample,
        "same_conditions": answers[0].turn.battle.conditions,
    }
