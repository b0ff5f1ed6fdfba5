"""Adding a model by whatever names it, and the facts on models that are there."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from arena.catalog.models import CardFacts, ModelCard
from arena.core.admin.permissions import require_permission
from arena.onboarding import adding
from arena.onboarding.fact_forms import FactsForm

ADD_PERMISSION = "catalog.add_modelcard"


class FactsInline(admin.StackedInline[CardFacts, ModelCard]):
    """The known facts of the model beside its card, with where each fact comes from."""

    model = CardFacts
    form = FactsForm
    can_delete = False
    fields = (
        *("commercial_use", ("languages", "image_resolution"), "abilities"),
        ("energy", "energy_source"),
        *("hub_id", "architecture", "tuned_from", "published", "where_from"),
    )
    readonly_fields = ("hub_id", "architecture", "tuned_from", "published", "where_from")

    @admin.display(description=gettext_lazy("published results"))
    def published(self, facts: CardFacts) -> str:
        """Return one line for each result, with its source."""
        rows = [
            (result.get("dataset"), result.get("task"), result.get("value"), result.get("source"))
            for result in facts.results
        ]
        return format_html_join(mark_safe("<br>"), "{} {}: {} <span>{}</span>", rows) or "-"

    @admin.display(description=gettext_lazy("sources"))
    def where_from(self, facts: CardFacts) -> str:
        """Return a link for each fact."""
        pairs = [(address, name) for name, address in facts.sources.items()]
        links = '<a href="{}" rel="noreferrer">{}</a>'
        return format_html_join(mark_safe("<br>"), links, pairs) or "-"


class AddingAdmin(admin.ModelAdmin[ModelCard]):
    """The form that adds, filled in for the model that ``place`` names."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Fill the form in, or say why the model can't be added."""
        place = request.GET.get("place", "") if request.method == "GET" else ""
        if place and self.has_add_permission(request):
            found = adding.propose_or_explain(request, place)
            if isinstance(found, HttpResponse):
                return found
            request.GET = adding.as_query(found)  # type: ignore[assignment]  # made by this page
        return super().add_view(request, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        """The page that asks which model is meant comes first."""
        page = require_permission(self, partial(adding.add_model, admin=self), ADD_PERMISSION)
        return [path("add-model/", page, name="catalog_add_model"), *super().get_urls()]
