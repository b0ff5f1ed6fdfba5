"""What a voter does after the vote: look at the facts, take it back, say why, say what is right.

A form that was sent without scripts is led back to the battle's page.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arena.battle_pages import selectors as pages
from arena.battles.models import Battle, Image
from arena.battles.selectors.conversation import conversation_images, image_of
from arena.battles.selectors.pictures import public_bytes, regions_in
from arena.battles.selectors.reading import own_vote
from arena.demographics.services import invite_voter
from arena.feedback.services import judge_correctness, say_reason
from arena.gates.services import admit
from arena.gates.views import for_readers
from arena.integrity.services.holding import put_back_vote
from arena.ledger.services.withdrawing import withdraw_vote
from arena.orchestration.services import moderating
from arena.orchestration.services.faces import look_for_faces
from arena.orchestration.services.regions import blur_for_voter
from arena.reveal.forms import RegionsForm, drafted
from arena.reveal.selectors.facts import facts_context, reveal_facts
from arena.reveal.selectors.sharing import (
    first_picture,
    preview_of,
    shared_page,
    shared_picture,
)
from arena.reveal.services import share_battle, unshare_battle
from arena.voters.selectors import identity_of


@require_safe
@for_readers
@never_cache
def facts(request: HttpRequest, public_id: str) -> HttpResponse:
    """The facts beside the names of a battle that has its vote."""
    voter = identity_of(request)
    found = reveal_facts(voter, public_id)
    invited = voter is not None and invite_voter(voter=voter)
    context = {**facts_context(found), "invited": invited}
    return render(request, "reveal/_facts.html", context)


@require_POST
@for_readers
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the vote back."""
    voter = identity_of(request)
    admit("change", voter=str(voter or ""))
    withdraw_vote(voter=voter, public_id=public_id)
    return _done(request, public_id)


@require_POST
@for_readers
def reinstate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let the vote count after all."""
    voter = identity_of(request)
    admit("change", voter=str(voter or ""))
    put_back_vote(voter=voter, public_id=public_id)
    return _done(request, public_id)


@require_POST
@for_readers
def reasons(request: HttpRequest, public_id: str) -> HttpResponse:
    """Store a reason for or against an answer, or take it back: ``invents:1``, ``invents:0``."""
    voter, side = identity_of(request), request.POST.get("side", "")
    reason, _, holds = request.POST.get("reason", "").partition(":")
    say_reason(voter=voter, public_id=public_id, side=side, reason=reason, holds=holds == "1")
    return _done(request, public_id)


@require_POST
@for_readers
def correctness(request: HttpRequest, public_id: str) -> HttpResponse:
    """Store whether an answer is right; an empty mark takes that back."""
    side, mark = request.POST.get("side", ""), request.POST.get("mark", "")
    judge_correctness(voter=identity_of(request), public_id=public_id, side=side, mark=mark)
    return _done(request, public_id)


@require_POST
@for_readers
def share(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a public page of the battle; the sentence beside the button asks for the consent."""
    share_battle(voter=identity_of(request), public_id=public_id)
    return _done(request, public_id)


@require_POST
@for_readers
def unshare(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the public page away; the list of one's own battles asks to be led back to it."""
    unshare_battle(voter=identity_of(request), public_id=public_id)
    if request.POST.get("back") == "list":
        return HttpResponseRedirect(reverse("mine:battles"), status=303)
    return _done(request, public_id)


@require_safe
@for_readers
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a shared battle to whoever has its address."""
    page = shared_page(token)
    names = pages.reveal(page.answers, page.choice)
    asked = {"reported": "reported" in request.GET, "indexed": settings.SHARED_INDEXED}
    context = {"page": page, "names": names, **asked}
    response = render(request, "reveal/shared.html", context)
    return _for_indexes(response)


@require_POST
@for_readers
def report_shared(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a moderator to look at a shared battle, and say so on its page."""
    moderating.report_shared(battle=shared_page(token).battle)
    return HttpResponseRedirect(reverse("reveal:shared", args=[token]) + "?reported", status=303)


@require_safe
@csp_update({"sandbox": True})
@for_readers
@never_cache
def shared_image(request: HttpRequest, token: str, place: int) -> HttpResponse:
    """Send a picture of a shared battle."""
    battle, image = shared_picture(token, place)
    look_for_faces([image])
    data = public_bytes(image, regions_in(battle.pk, image))
    return _for_indexes(HttpResponse(data, content_type=image.mime))


@require_safe
@for_readers
@never_cache
def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """Send the picture by which messengers show a link to a shared battle."""
    page = shared_page(token)
    image = first_picture(page)
    look_for_faces([image])
    return _for_indexes(HttpResponse(preview_of(page, image), content_type="image/png"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@never_cache
def blur(request: HttpRequest, public_id: str, digest: str = "") -> HttpResponse:
    """Let a voter blur regions of a picture in what is published of the battle."""
    battle = own_vote(identity_of(request), public_id).battle
    image = image_of(battle, digest)
    save = partial(blur_for_voter, battle=battle, digest=image.digest)
    form = RegionsForm.of(request, image, partial(regions_in, battle.pk, image), save)
    if form.is_saved:
        place = reverse("reveal:blur", args=[public_id, image.digest])
        return HttpResponseRedirect(f"{place}?saved", status=303)
    context = {**_editor(battle, image, form), "saved": "saved" in request.GET}
    return render(request, "reveal/blur.html", context, status=form.status)


def _editor(battle: Battle, image: Image, form: RegionsForm) -> dict[str, Any]:
    """Return what the page shows beside the rows: the picture, as it was sent and as others see it,
    and the way to the battle's other pictures."""
    place = partial(reverse, args=[battle.public_id, image.digest])
    return {
        "form": form,
        "image": image,
        "original": place("battles:images"),
        "shown": f"{place('reveal:blurred_picture')}?{form.draft}",
        "pictures": [
            (reverse("reveal:blur", args=[battle.public_id, digest]), digest == image.digest)
            for digest in dict.fromkeys(conversation_images(battle))
        ],
        "battle": battle,
    }


@require_safe
@csp_update({"sandbox": True})
@for_readers
@never_cache
def blurred_picture(request: HttpRequest, public_id: str, digest: str) -> HttpResponse:
    """Send a picture to its voter as others see it, or would see it with a draft of regions."""
    battle = own_vote(identity_of(request), public_id).battle
    image = image_of(battle, digest)
    draft = drafted(request.GET, image)
    look_for_faces([image])
    data = public_bytes(image, regions_in(battle.pk, image) if draft is None else draft)
    return HttpResponse(data, content_type=image.mime)


def _for_indexes(response: HttpResponse) -> HttpResponse:
    """Keep what is shared out of search engines, unless the settings let them have it."""
    if not settings.SHARED_INDEXED:
        response["X-Robots-Tag"] = "noindex"
    return response


def _done(request: HttpRequest, public_id: str) -> HttpResponse:
    if request.accepts("text/html"):
        return HttpResponseRedirect(reverse("battles:battle", args=[public_id]), status=303)
    return HttpResponse(status=204)
