"""The page on which a model is added: one field, a search on the Hub, and the ready cards."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from arena.catalog.models import ModelCard
from arena.core.admin.permissions import operator_of
from arena.core.errors import DomainError
from arena.onboarding import services
from arena.onboarding.fact_forms import FACTS_BY_HAND, HubSearchForm, PlaceForm, seal_known
from arena.onboarding.hub.search import search_models
from arena.onboarding.ready import ready_models

PAGE = "admin:catalog_add_model"


def add_model(request: HttpRequest, admin: ModelAdmin[ModelCard]) -> HttpResponse:
    """Show the ways to add a model; a ready card is added at once (POST)."""
    if request.method == "POST":
        return _add_ready(request, admin)
    search = HubSearchForm(request.GET if "words" in request.GET else None)
    found = None
    if search.is_bound and search.is_valid():
        try:
            found = search_models(**search.cleaned_data)
        except DomainError as error:
            messages.error(request, str(error.message))
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Add a model"),
        "opts": admin.opts,
        "place": PlaceForm(initial={"place": request.GET.get("place", "")}),
        "search": search,
        "found": found,
        "ready": ready_models(),
        "stored": set(ModelCard.objects.values_list("slug", flat=True)),
    }
    return TemplateResponse(request, "admin/catalog/modelcard/add_model.html", context)


def propose_or_explain(request: HttpRequest, place: str) -> Any:
    """Return the proposal for a place; what can't be added is explained on the page instead, to
    which the redirect that is returned leads."""
    try:
        proposal = services.propose(place)
    except DomainError as error:
        return _explain(request, place, str(error.message))
    if proposal.obstacle:
        refused = _("%(place)s can't run in a worker. %(why)s")
        return _explain(request, place, refused % {"place": place, "why": proposal.obstacle})
    if proposal.incomplete:
        messages.info(request, proposal.incomplete)
    return proposal


def as_query(proposal: services.ModelProposal) -> QueryDict:
    """Return what the add form takes as its first values."""
    recipe = proposal.recipe
    version = {
        "source": recipe.source,
        "backend": recipe.backend,
        "revision": recipe.revision,
        "base_url": recipe.base_url,
    }
    by_hand = {name: proposal.facts.get(name, "") for name in FACTS_BY_HAND}
    known = seal_known(proposal.facts) if proposal.facts else ""
    values = {**proposal.card, **version, **by_hand, "known": known}
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in values.items() if value not in (None, "")})
    return query


def _explain(request: HttpRequest, place: str, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect(f"{reverse(PAGE)}?{urlencode({'place': place[:500]})}")


def _add_ready(request: HttpRequest, admin: ModelAdmin[ModelCard]) -> HttpResponse:
    """Add a ready card as it is; one that needs an endpoint goes on to the form that asks so."""
    name = request.POST.get("ready", "")
    proposal = propose_or_explain(request, name)
    if isinstance(proposal, HttpResponse):
        return proposal
    if proposal.incomplete:
        return redirect(f"{reverse('admin:catalog_modelcard_add')}?{urlencode({'place': name})}")
    try:
        version = services.onboard(proposal, by=operator_of(request))
    except DomainError as error:
        return _explain(request, name, str(error.message))
    admin.log_addition(request, version.card, _("Added from the ready cards."))
    added = _("%(name)s has been added, and a worker tries it. Activate it once that has passed.")
    messages.success(request, added % {"name": version.card.name})
    return redirect("admin:catalog_modelcard_changelist")
