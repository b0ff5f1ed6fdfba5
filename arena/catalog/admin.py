"""The operator's door: cards, their versions and trials, and the workers that answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, TextField
from django.forms import ModelForm, Textarea
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from redis.exceptions import RedisError

from arena.catalog import selectors, services
from arena.catalog.forms import NewModelForm, NewVersionForm, recipe_of
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.naming import CardIdentity, everyday_names
from arena.core.errors import DomainError
from arena.core.guarded import guarded

Step = Callable[[ModelCard], None]

TRIAL_CHARACTERS = 120
"""Of what a trial said, in the list; the card's own page has all of it."""


class VersionInline(admin.TabularInline[ModelVersion, ModelCard]):
    """All versions; a stored one is immutable, a new one can be added below."""

    model = ModelVersion
    form = NewVersionForm
    extra = 0
    fields = ("number", "source", "backend", "revision", "base_url", "key", "probe", "probe_note")
    readonly_fields = ("number", "probe", "probe_note")
    ordering = ("-number",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a change is a new version."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: battles and votes point here."""
        return False


@admin.register(ModelCard)
class ModelCardAdmin(admin.ModelAdmin[ModelCard]):
    """Add a model in one form; try, activate and retire from the list."""

    list_filter = ("state", "queue")
    search_fields = ("name", "slug", "organization")
    actions = ("try_again", "activate", "retire")
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 3})}}
    fields = (
        ("name", "slug"),
        "state",
        ("organization", "license", "parameters"),
        "description",
        "limits",
        ("queue", "weight"),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """With what keeps a card out of the draw just now, asked once for all rows."""
        active = selectors.active_versions()
        away = {absence.version.card_id: absence.why for absence in selectors.absences(active)}

        @admin.display(description=gettext_lazy("in the draw"))
        def draw(card: ModelCard) -> str:
            return away.get(card.pk, _("yes")) if card.slug in active else "-"

        return ("name", "state", draw, "votes", "uncounted", "weight", "trial", "newest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelCard]:
        """With votes and versions, in three queries."""
        return selectors.cards_for_operators()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[ModelCard]]:
        """A new card comes with its first version."""
        if obj is None:
            kwargs["form"] = NewModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where the model is comes right after what it is called."""
        if obj is not None:
            return self.fields
        recipe = (("source", "backend"), ("revision", "base_url"), "key")
        return (("name", "slug"), *recipe, *(field for field in self.fields[2:]))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The state has actions of its own; the slug stands in addresses and never changes."""
        return ("slug", "state") if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """None on the form that adds: the first version is in it."""
        return [VersionInline] if obj is not None else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A slug is proposed as the name is typed."""
        return {"slug": ("name",)} if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: retire it."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new card goes through the service, which starts the trial."""
        self._warn_of_everyday_names(request, obj)
        if change:
            super().save_model(request, obj, form, change)
            return
        services.add_model(card=obj, recipe=recipe_of(form.cleaned_data))
        text = _("The trial of %(name)s has started. Activate it once its trial says: answers.")
        self.message_user(request, text % {"name": obj.name})

    def _warn_of_everyday_names(self, request: HttpRequest, card: ModelCard) -> None:
        names = everyday_names(CardIdentity(card.name, card.slug, card.organization))
        if names:
            text = _(
                "Everyday words: %(names)s. Answers say them for other reasons, too, so only clear"
                " cases of a model that speaks of itself are found."
            )
            self.message_user(request, text % {"names": ", ".join(names)}, messages.WARNING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Each new version goes through the service, which numbers and tries it."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for added in formset.extra_forms:
            if added.has_changed():
                recipe = recipe_of(added.cleaned_data)
                version = services.add_version(card=form.instance, recipe=recipe)
                formset.new_objects.append(version)

    @admin.display(description=gettext_lazy("newest version"))
    def newest(self, card: ModelCard) -> str:
        """Its number and where it is."""
        version = self._newest(card)
        return f"{version.number}: {version.source}" if version else "-"

    @admin.display(description=gettext_lazy("trial"))
    def trial(self, card: ModelCard) -> str:
        """What the newest version's trial showed."""
        version = self._newest(card)
        if version is None:
            return "-"
        note = version.probe_note
        if selectors.trial_is_overdue(version):
            note = _("No answer came. Does a worker serve the queue %(queue)s?") % {
                "queue": card.queue
            }
        note = Truncator(note).chars(TRIAL_CHARACTERS)
        return format_html("{}<br>{}", version.get_probe_display(), note)

    @admin.display(description=gettext_lazy("votes"), ordering="votes")
    def votes(self, card: Any) -> int:
        """Those that count."""
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
        self._each(request, cards, self._try, _("Tried again."))

    @admin.action(description=gettext_lazy("Activate the selected models"), permissions=["switch"])
    def activate(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Refused for a card without a version that passed its trial."""
        self._each(request, cards, lambda card: services.activate(card=card), _("Activated."))

    @admin.action(description=gettext_lazy("Retire the selected models"), permissions=["switch"])
    def retire(self, request: HttpRequest, cards: QuerySet[ModelCard]) -> None:
        """Votes and history stay."""
        self._each(request, cards, lambda card: services.retire(card=card), _("Retired."))

    def get_urls(self) -> list[URLPattern]:
        """The list of workers stands beside the cards."""
        workers = guarded(self, self.workers, "catalog.view_workers")
        return [path("workers/", workers, name="catalog_workers"), *super().get_urls()]

    def workers(self, request: HttpRequest) -> HttpResponse:
        """Who has reported within the last seconds, and what is loaded there."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Workers"),
            "opts": self.opts,
        }
        try:
            context["absences"] = selectors.absences(selectors.active_versions())
            context["workers"] = [
                (worker, datetime.fromtimestamp(worker.since, UTC))
                for worker in selectors.workers()
            ]
        except RedisError:
            self.message_user(request, _("Redis can't be reached."), messages.ERROR)
        return TemplateResponse(request, "admin/catalog/workers.html", context)

    def _newest(self, card: ModelCard) -> ModelVersion | None:
        return next(iter(card.versions.all()), None)

    def _try(self, card: ModelCard) -> None:
        version = self._newest(card)
        if version is not None:
            services.start_trial(version=version)

    def _each(
        self, request: HttpRequest, cards: QuerySet[ModelCard], step: Step, done: str
    ) -> None:
        """Each card on its own: one that is refused does not hold up the others."""
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
