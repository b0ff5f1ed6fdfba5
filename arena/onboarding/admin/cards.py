"""The admin's list and forms of model cards, with what operators do to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm, Script
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.catalog import selectors
from arena.catalog.models import CardFacts, ModelCard, ModelVersion
from arena.catalog.naming import CardIdentity, everyday_names
from arena.catalog.services import lifecycle
from arena.catalog.states import LISTED
from arena.core.admin.permissions import operator_of, require_permission
from arena.core.errors import DomainError
from arena.onboarding import services, views
from arena.onboarding.admin.boosts import BOOST, WIDGETS, drawn_weight
from arena.onboarding.admin.facts import AddingAdmin, FactsInline
from arena.onboarding.admin.questions import asks_before_listing, asks_before_retiring
from arena.onboarding.admin.versions import VersionInline
from arena.onboarding.admin.workers import workers_page
from arena.onboarding.forms import NewModelForm, recipe_of
from arena.probes.admin import probe_urls
from arena.probes.services import start_probe

Step = Callable[[ModelCard], None]

PROBE_CHARACTERS = 120
"""The length of a probe's note in the list; the page of the card shows all of it."""


@admin.register(ModelCard)
class ModelCardAdmin(AddingAdmin):
    """Add a model in one form; try, activate and retire from the list."""

    list_filter = ("state", "unlisted", "queue")
    search_fields = ("name", "slug", "organization")
    actions = (
        *("try_again", "adopt", "activate", "pause", "choose_newest", "go_back"),
        *("list_publicly", "retire"),
    )
    formfield_overrides = WIDGETS
    fields = (
        ("name", "slug"),
        "state",
        ("organization", "license", "parameters"),
        "description",
        "limits",
        ("queue", "weight"),
        BOOST,
        "unlisted",
    )

    class Media:
        js = (Script("js/models.js", type="module"),)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Read once for all rows what keeps cards out of the draw now; return the columns."""
        active = selectors.active_versions(unlisted=True)
        away = {absence.version.card_id: absence.why for absence in selectors.absences(active)}

        @admin.display(description=gettext_lazy("in the draw"))
        def draw(card: ModelCard) -> str:
            met = _("by invitation") if card.unlisted else _("yes")
            return away.get(card.pk, met) if card.slug in active else "-"

        return ("name", "state", draw, "votes", "uncounted", drawn_weight, "probe", "newest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelCard]:
        """Return the cards with votes and versions, in three queries."""
        return selectors.cards_for_operators()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[ModelCard]]:
        """A new card comes with its first version."""
        if obj is None:
            kwargs["form"] = NewModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the place of the model right after its name."""
        if obj is not None:
            return self.fields
        recipe = (("source", "backend"), ("revision", "base_url"), "key", "options")
        facts = ("commercial_use", ("languages", "image_resolution"), "abilities", "known")
        first, *others = (field for field in self.fields[2:] if field != BOOST)
        return (("name", "slug"), *recipe, first, *facts, *others)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The state has actions of its own; the slug stands in addresses and never changes. A card
        that readers know is unlisted no more."""
        if obj is None:
            return ()
        return ("slug", "state", "unlisted") if obj.state in LISTED else ("slug", "state")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Return no inline on the form that adds, which contains first version and facts itself."""
        return [FactsInline, VersionInline] if obj is not None else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A slug is proposed as the name is typed."""
        return {"slug": ("name",)} if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a card is retired instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new card goes through the service, which starts the probe."""
        names = everyday_names(CardIdentity(obj.name, obj.slug, obj.organization))
        if names:
            text = _(
                "Everyday words: %(names)s. Answers say them for other reasons, too, so only clear"
                " cases of a model that speaks of itself are found."
            )
            self.message_user(request, text % {"names": ", ".join(names)}, messages.WARNING)
        if change:
            super().save_model(request, obj, form, change)
            return
        version = services.add_model(
            card=obj, recipe=recipe_of(form.cleaned_data), by=operator_of(request)
        )
        services.store_facts(obj, form.facts)
        text = _("The probe of %(name)s has started. Activate it once its probe says: answers.")
        said, address = text % {"name": obj.name}, reverse("admin:catalog_probe", args=[version.pk])
        page = format_html('{} <a href="{}">{}</a>', said, address, _("Watch it."))
        self.message_user(request, page)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Store each new version by the service, which numbers and tries it."""
        if formset.model is CardFacts:
            super().save_formset(request, form, formset, change)
            return
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for added in formset.extra_forms:
            if added.has_changed():
                recipe = recipe_of(added.cleaned_data)
                version = services.add_version(
                    card=form.instance, recipe=recipe, by=operator_of(request)
                )
                formset.new_objects.append(version)

    @admin.display(description=gettext_lazy("newest version"))
    def newest(self, card: ModelCard) -> str:
        """Return the number and the source of the newest version."""
        version = self._newest(card)
        return f"{version.number}: {version.source}" if version else "-"

    @admin.display(description=gettext_lazy("probe"))
    def probe(self, card: ModelCard) -> str:
        """Return the result of the newest version's probe."""
        version = self._newest(card)
        if version is None:
            return "-"
        note = version.probe_note
        if selectors.probe_is_overdue(version):
            note = _("No answer came. Does a worker serve the queue %(queue)s?") % {
                "queue": card.queue
            }
        note = Truncator(note).chars(PROBE_CHARACTERS)
        if version.learned:
            note = f"{note} " + _("It proposes options.")
        page = reverse("admin:catalog_probe", args=[version.pk])
        return format_html('<a href="{}">{}</a><br>{}', page, version.get_probe_display(), note)

    @admin.display(description=gettext_lazy("votes"), ordering="votes")
    def votes(self, card: Any) -> int:
        """Return the number of votes that count."""
        return int(card.votes)

    @admin.display(description=gettext_lazy("not counted: named itself"), ordering="uncounted")
    def uncounted(self, card: Any) -> int:
        """Return how many votes don't count because an answer of this card named its model."""
        return int(card.uncounted)

    def has_try_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may make a worker answer, which costs time or money."""
        return request.user.has_perm("catalog.try_modelcard")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may say which models are drawn."""
        return request.user.has_perm("catalog.switch_modelcard")

    @admin.action(
        description=gettext_lazy("Try the newest version of the selected models"),
        permissions=["try"],
    )
    def try_again(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """A real answer, through the same queue as a battle's."""
        by = operator_of(request)

        def try_newest(card: ModelCard) -> None:
            version = self._newest(card)
            if version is not None:
                start_probe(version=version, by=by)

        self._each(request, cards, try_newest, _("Tried again."))

    @admin.action(
        description=gettext_lazy("Make a version with the options that the probe proposes"),
        permissions=["try"],
    )
    def adopt(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Refused for a card whose newest version has nothing to propose."""
        by = operator_of(request)

        def adopt(card: ModelCard) -> None:
            services.adopt_learned(card=card, by=by)

        self._each(request, cards, adopt, _("A new version is being tried."))

    @admin.action(description=gettext_lazy("Activate the selected models"), permissions=["switch"])
    def activate(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Refused for a card whose version has passed no probe."""
        step = partial(lifecycle.activate, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("Activated."))

    @admin.action(description=gettext_lazy("Pause the selected models"), permissions=["switch"])
    def pause(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Take the cards out of the draw until they are activated again."""
        step = partial(lifecycle.pause, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("Paused."))

    @admin.action(
        description=gettext_lazy("Let the newest version that passed answer"),
        permissions=["switch"],
    )
    def choose_newest(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Refused for a card of which none has passed."""
        step = partial(lifecycle.choose_newest, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("The newest version answers."))

    @admin.action(
        description=gettext_lazy("Go back to the version that answered before"),
        permissions=["switch"],
    )
    def go_back(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Refused for a card that has always answered with the same one."""
        step = partial(lifecycle.go_back, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("The former version answers."))

    @admin.action(
        description=gettext_lazy("List the selected models for everybody …"), permissions=["switch"]
    )
    @asks_before_listing
    def list_publicly(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """There is no way back, so that no score is ever withdrawn."""
        step = partial(lifecycle.list_publicly, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("Listed for everybody."))

    @admin.action(description=gettext_lazy("Retire the selected models …"), permissions=["switch"])
    @asks_before_retiring
    def retire(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Votes and history stay."""
        step = partial(lifecycle.retire, by=operator_of(request))
        self._each(request, cards, lambda card: step(card=card), _("Retired."))

    def get_urls(self) -> list[URLPattern]:
        """The list of workers stands beside the cards."""
        workers = require_permission(self, partial(workers_page, self), "catalog.view_workers")
        models = require_permission(self, views.endpoint_models, "catalog.try_modelcard")
        return [
            path("workers/", workers, name="catalog_workers"),
            path("endpoint-models/", models, name="catalog_endpoint_models"),
            *probe_urls(self),
            *super().get_urls(),
        ]

    def _newest(self, card: ModelCard) -> ModelVersion | None:
        return next(iter(card.versions.all()), None)

    def _each(
        self, request: HttpRequest, cards: QuerySet[ModelCard], step: Step, done: str
    ) -> None:
        """Apply to each card separately, so that a refusal of one does not stop the others."""
        changed = 0
        for card in cards:
            try:
                step(card)
            except DomainError as error:
                self.message_user(request, str(error.message), messages.ERROR)
                continue
            self.log_change(request, card, done)
            changed += 1
        if changed:
            text = ngettext("%(n)d model: %(done)s", "%(n)d models: %(done)s", changed)
            self.message_user(request, text % {"n": changed, "done": done})
