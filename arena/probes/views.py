"""Pages of the admin about the probe of a version, and the buttons on them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arena.catalog.models import ModelVersion
from arena.catalog.questions import BOXES, picture
from arena.catalog.services.lifecycle import activate as activate_card
from arena.catalog.services.lifecycle import choose_version
from arena.core.admin.permissions import operator_of
from arena.core.errors import DomainError
from arena.probes import reports, services


@require_safe
def probe_report(request: HttpRequest, version: int) -> HttpResponse:
    """Show the newest probe of a version, beside one of a model that the operator knows."""
    page = reports.report_page(version, request.GET.get("beside", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Probe of %(card)s, version %(number)d")
        % {"card": page.version.card.name, "number": page.version.number},
        "opts": page.version.card._meta,
        "page": page,
    }
    return TemplateResponse(request, "admin/catalog/probe.html", context)


@require_safe
def probe_progress(request: HttpRequest, version: int) -> JsonResponse:
    """Say how far the probe of a version is."""
    return JsonResponse(reports.progress(version))


@require_safe
def probe_picture(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a picture of the probe."""
    if name not in BOXES:
        raise Http404
    return HttpResponse(picture(name), content_type="image/png")


@require_http_methods(["GET", "HEAD", "POST"])
def probe_again(request: HttpRequest, version: int) -> HttpResponse:
    """Probe a version once more (POST), and show its report."""
    found = get_object_or_404(ModelVersion.objects.select_related("card"), pk=version)
    if request.method == "POST":
        services.start_probe(version=found, by=operator_of(request))
    return HttpResponseRedirect(reverse("admin:catalog_probe", args=[version]))


@require_http_methods(["GET", "HEAD", "POST"])
def answer_with(request: HttpRequest, version: int) -> HttpResponse:
    """Let a version answer for its card from now on (POST), and show its report."""
    found = get_object_or_404(ModelVersion.objects.select_related("card"), pk=version)
    if request.method == "POST":
        try:
            choose_version(version=found, by=operator_of(request))
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            said = _("Version %(number)d answers now.") % {"number": found.number}
            messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:catalog_probe", args=[version]))


@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, version: int) -> HttpResponse:
    """Activate the card of a version (POST), and show the version's report."""
    found = get_object_or_404(ModelVersion.objects.select_related("card"), pk=version)
    if request.method == "POST":
        said = _("From the next battle on, voters get %(name)s.")
        if found.card.unlisted:
            said = _("From the next battle on, only people with an invitation to %(name)s get it.")
        try:
            activate_card(card=found.card, by=operator_of(request))
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, said % {"name": found.card.name})
    return HttpResponseRedirect(reverse("admin:catalog_probe", args=[version]))
