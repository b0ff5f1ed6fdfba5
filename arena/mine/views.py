"""The pages of what one browser voted on; everybody else finds nothing at these addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arena.core.errors import DomainError, NotFound
from arena.core.web.network import network_bucket
from arena.core.web.streaming import stream_response
from arena.demographics.forms import DescriptionForm
from arena.demographics.models import SurveyQuestion
from arena.demographics.selectors import asked_questions, descriptions_of
from arena.demographics.services import describe_voter, forget_voter
from arena.gates.services import admit
from arena.gates.views import for_readers
from arena.mine import services
from arena.mine.done import NAMED, NOTHING, OF_CHOSEN, VOTED, sentence
from arena.mine.forms import SearchForm, TransferForm
from arena.mine.selectors.battles import (
    OwnPage,
    battle_count,
    named_count,
    own_keys,
    own_page,
    vote_count,
)
from arena.mine.selectors.ranking import own_ranking
from arena.mine.states import OwnChange
from arena.voters.selectors import identity_of, mark_of, voter_of
from arena.voters.services import remember


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def battles(request: HttpRequest) -> HttpResponse:
    """List what this browser voted on, with its own ranking."""
    voter = voter_of(request)
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = {"words": asked.get("q", ""), "before": asked.get("before")}
    context: dict[str, Any] = {"voter": voter, **found}
    if voter is not None:
        context["page"] = own_page(voter.pk, **found)
        context |= _done(request.GET, context["page"])
        context["ranking"] = own_ranking(voter.pk, request.GET.getlist("kind"))
        context["stored"] = battle_count(voter.pk)
        context["asked"], context["said"] = asked_questions(), descriptions_of(voter.pk)
    return render(request, "mine/battles.html", context)


def _done(query: QueryDict, page: OwnPage) -> dict[str, Any]:
    """Return the sentence on what was just done, and the battle at which it stands."""
    changed = next((one for one in page.battles if one.public_id == query.get("at")), None)
    return {"changed": changed, "done": sentence(query.get("done", ""), changed)}


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@never_cache
@ensure_csrf_cookie
def about(request: HttpRequest) -> HttpResponse:
    """Show what this browser's voter said of themselves; store or delete it (POST)."""
    questions, voter = asked_questions(), voter_of(request)
    if request.method == "POST":
        _describe(_known(request), request.POST, questions)
        return HttpResponseRedirect(reverse("mine:about"), status=303)
    said = descriptions_of(voter.pk) if voter else {}
    form = DescriptionForm(questions, given=said)
    context = {"voter": voter, "questions": questions, "form": form, "said": said}
    return render(request, "mine/about.html", context)


@require_POST
@for_readers
@never_cache
def change(request: HttpRequest) -> HttpResponse:
    """Erase chosen battles or all, or change their consent; an erasure asks first."""
    voter, action = _known(request), request.POST.get("action", "")
    chosen = request.POST.getlist("battle")[:500]
    if action in OF_CHOSEN and not chosen:
        return _back_to_list(request, done=NOTHING)
    erases = action in (OwnChange.DELETE, OwnChange.DELETE_ALL)
    if erases and "confirmed" not in request.POST:
        context = {"action": action, "chosen": chosen, "count": battle_count(voter)}
        return render(request, "mine/confirm.html", context)
    keys = own_keys(voter, chosen)
    if len(keys) != len(set(chosen)):
        raise NotFound
    services.change_battles(voter=voter, action=action, battles=keys)
    return _back_to_list(request, done=_outcome(action, keys), emptied=erases)


def _outcome(action: str, battles: Sequence[int]) -> str:
    """Return the word on what was done; what was asked by name was not given for publication."""
    named = named_count(battles) if action == OwnChange.PUBLISH else 0
    if not named:
        return action
    return NAMED if named == len(battles) else VOTED


@require_POST
@for_readers
@never_cache
def change_vote(request: HttpRequest) -> HttpResponse:
    """Take a vote back or let it count again: ``take-back:ID``, ``put-back:ID``."""
    deed, _, battle = request.POST.get("vote", "").partition(":")
    if deed not in services.VOTE_CHANGES:
        raise NotFound
    voter = _known(request)
    admit("change", voter=str(voter))
    services.VOTE_CHANGES[deed](voter=voter, public_id=battle)
    return _back_to_list(request, done=deed, battle=battle)


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Send everything that is stored of this browser as a ZIP."""
    voter = _known(request)
    admit("export", voter=str(voter), network=network_bucket(request))
    pieces = services.own_archive(voter)
    response = stream_response(request, pieces, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-battles.zip"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@never_cache
@ensure_csrf_cookie
def transfer(request: HttpRequest) -> HttpResponse:
    """Make a code for another device where this is asked for, else offer both ways."""
    context = {"form": TransferForm(), "votes": vote_count(identity_of(request))}
    if request.method == "POST":
        voter = _known(request)
        admit("transfer", voter=str(voter), network=network_bucket(request))
        context["code"] = services.make_code(voter=voter, mark=mark_of(request))
    return render(request, "mine/transfer.html", context)


@require_POST
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Make this browser the one that a code stands for."""
    admit("transfer", network=network_bucket(request))
    form, votes = TransferForm(request.POST), vote_count(identity_of(request))
    if form.is_valid() and (not votes or form.cleaned_data["leave"]):
        voter = services.follow_code(code=form.cleaned_data["code"])
        response = HttpResponseRedirect(reverse("mine:battles"), status=303)
        remember(response, voter)
        return response
    context = {"form": form, "votes": votes, "must_leave": form.is_valid()}
    return render(request, "mine/transfer.html", context, status=400)


def _back_to_list(
    request: HttpRequest, *, done: str, battle: str = "", emptied: bool = False
) -> HttpResponse:
    """Lead back to the part of the list that was on show, which says what was done; ``emptied`` has
    the browser drop its own copies of the pictures."""
    shown = {name: value for name in ("q", "before") if (value := request.POST.get(name, ""))}
    shown |= {"done": done} | ({"at": battle} if battle else {})
    place = f"#battle-{battle}" if battle else ""
    address = f"{reverse('mine:battles')}?{urlencode(shown)}{place}"
    headers = {"Clear-Site-Data": '"cache"'} if emptied else {}
    return HttpResponseRedirect(address, status=303, headers=headers)


def _describe(voter: UUID, sent: QueryDict, questions: Sequence[SurveyQuestion]) -> None:
    """Store or delete what a voter says. Raises DomainError for an answer that is not offered."""
    form = DescriptionForm(questions, sent, given={})
    if sent.get("action") == OwnChange.DELETE:
        forget_voter(voter=voter)
    elif form.is_valid():
        describe_voter(voter=voter, answers=form.cleaned_data)
    else:
        raise DomainError


def _known(request: HttpRequest) -> UUID:
    """Return the identity of a browser that has voted or asked. Raises NotFound for a stranger."""
    voter = voter_of(request)
    if voter is None:
        raise NotFound
    return voter.pk
