"""Pages of the console that are no list of rows."""

from __future__ import annotations

from functools import partial
from typing import cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from arena.battles.models import Battle, Image
from arena.battles.selectors.conversation import conversation_images, image_of
from arena.battles.selectors.pictures import marked_regions, public_bytes, regions_in
from arena.catalog.selectors import active_versions
from arena.console.forms import ErasureForm, SamplingForm, TrialForm
from arena.console.selectors.invited import invited_records
from arena.console.selectors.traffic import votes_a_day
from arena.console.services import blur_for_operator, preview_invited, preview_sampling, try_gates
from arena.core.admin.confirmation import ask, is_confirmed
from arena.orchestration.services.faces import look_for_faces
from arena.privacy.services import erase_on_request
from arena.reveal.forms import RegionsForm, drafted


@require_safe
def sampling(request: HttpRequest) -> HttpResponse:
    """Show what a policy of drawing pairs would do with the votes that there are."""
    if not request.user.has_perm("battles.view_drawplan"):
        raise PermissionDenied
    active = active_versions(unlisted=True)
    form = SamplingForm(request.GET, versions=active.values(), votes_a_day=votes_a_day())
    preview = preview_sampling(active, **form.cleaned_data) if form.is_valid() else None
    context = {
        **admin.site.each_context(request),
        "title": _("Sampling preview"),
        "form": form,
        "preview": preview,
        "invited": preview_invited(active.values()),
    }
    return TemplateResponse(request, "admin/console/sampling.html", context)


@require_safe
def invited(request: HttpRequest) -> HttpResponse:
    """Show what was voted by invitation, on unlisted models."""
    if not request.user.has_perm("gates.view_invitedmodel"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Votes by invitation"),
        "records": invited_records(),
    }
    return TemplateResponse(request, "admin/console/invited.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest) -> HttpResponse:
    """Erase the content of the battles whose addresses were pasted."""
    if not request.user.has_perm("battles.erase_battle"):
        raise PermissionDenied
    form = ErasureForm(request.POST or None)
    if form.is_valid() and not is_confirmed(request):
        return _ask_to_erase(request, form.cleaned_data["addresses"])
    if form.is_valid():
        account = cast(User, request.user).pk
        count = erase_on_request(battles=form.cleaned_data["addresses"], account=account)
        said = ngettext("%(count)d battle was erased.", "%(count)d battles were erased.", count)
        messages.success(request, said % {"count": count})
        return HttpResponseRedirect(reverse("admin:console_erasure"))
    context = {**admin.site.each_context(request), "title": _("Erase content"), "form": form}
    return TemplateResponse(request, "admin/console/erasure.html", context)


def _ask_to_erase(request: HttpRequest, battles: list[Battle]) -> HttpResponse:
    said = _(
        "Pictures, questions and answers of these battles are deleted at once, here, on the disk"
        " and in Redis. Their votes stay and count. This can't be undone."
    )
    words = {"title": _("Erase the content?"), "explanation": [said], "button": _("Erase")}
    rows = Battle.objects.filter(pk__in=[battle.pk for battle in battles]).order_by("pk")
    back = reverse("admin:console_erasure"), _("Erase content")
    return ask(request, admin.site, rows, words, named=_with_time, back=back)


def _with_time(battle: Battle) -> str:
    """Return the id and the time of a battle, with a word where nothing is left to erase."""
    time = date_format(timezone.localtime(battle.created_at), "SHORT_DATETIME_FORMAT")
    gone = ", " + _("erased already") if battle.erased_at else ""
    return f"{battle.public_id}, {time}{gone}"


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest) -> HttpResponse:
    """Show what each gate would say of a text and a picture."""
    if not request.user.has_perm("battles.view_moderationreview"):
        raise PermissionDenied
    form = TrialForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    found = try_gates(**form.content()) if form.is_valid() else None
    context = {"title": _("Trial of the gates"), "form": form, "trial": found}
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "admin/console/trial.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def blur(request: HttpRequest, object_id: int) -> HttpResponse:
    """Let an operator blur regions of a battle's picture wherever that picture is published."""
    battle, image = _picture_of(request, object_id)
    account = cast(User, request.user).pk
    save = partial(blur_for_operator, battle=battle, image=image, account=account)
    form = RegionsForm.of(request, image, partial(marked_regions, image.digest), save)
    if form.is_saved:
        messages.success(request, _("Saved. From now on others see the picture like this."))
        return HttpResponseRedirect(request.get_full_path())
    pictures = list(dict.fromkeys(conversation_images(battle)))
    context = {"form": form, "battle": battle, "image": image, "pictures": pictures}
    context |= {**admin.site.each_context(request), "title": _("Blur parts of a picture")}
    return TemplateResponse(request, "admin/console/blur.html", context, status=form.status)


@require_safe
def blurred(request: HttpRequest, object_id: int) -> HttpResponse:
    """Send a picture of a battle as it is published, or would be with a draft of regions."""
    battle, image = _picture_of(request, object_id)
    draft = drafted(request.GET, image)
    image.marked = image.marked if draft is None else draft
    look_for_faces([image])
    data = public_bytes(image, regions_in(battle.pk, image))
    return HttpResponse(data, content_type=image.mime)


def _picture_of(request: HttpRequest, battle: int) -> tuple[Battle, Image]:
    """Return a battle and the picture of it that ``image`` names, else the first one. Raises
    PermissionDenied, also for a change by an account that may only look, and NotFound."""
    needed = ["labels.view_picture"]
    if request.method == "POST":
        needed.append("battles.change_moderationreview")
    if not request.user.has_perms(needed):
        raise PermissionDenied
    own = get_object_or_404(Battle, pk=battle)
    return own, image_of(own, request.GET.get("image", ""))
