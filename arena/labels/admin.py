"""Where operators look at labels and put them right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.battles.models import Turn
from arena.core.asking import answers, ask
from arena.core.guarded import guarded
from arena.core.long_lists import LongList
from arena.labels import selectors, services
from arena.labels.forms import BattleLabelsForm, LabelForm, ValueForm
from arena.labels.models import BattleLabels, Label
from arena.labels.states import Kind, Source

EXCERPT = 80
PICTURE_PERMISSION = "labels.view_picture"
NONE = "-"
"""Stands for an empty value in addresses, where an empty one would mean all."""


class _LabelFilter(admin.SimpleListFilter):
    """By language or category of the battle's set."""

    field = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What there is, and what has none."""
        return [*self.there_is(), (NONE, _("none"))]

    def there_is(self) -> list[tuple[str, str]]:
        """Value and name."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that have it."""
        value = self.value()
        return queryset.filter(**{self.field: value.replace(NONE, "", 1)}) if value else queryset


class CategoryFilter(_LabelFilter):
    """The known ones and operators' own."""

    title = gettext_lazy("category")
    parameter_name = "category"
    field = "labels__category"

    def there_is(self) -> list[tuple[str, str]]:
        """Value and name."""
        return selectors.categories()


class LanguageFilter(_LabelFilter):
    """Those that a battle has."""

    title = gettext_lazy("language")
    parameter_name = "language"
    field = "labels__language"

    def there_is(self) -> list[tuple[str, str]]:
        """Code and name."""
        return selectors.languages()


class SourceFilter(admin.SimpleListFilter):
    """Who said either of the two."""

    title = gettext_lazy("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All there can be."""
        return [(source.value, str(source.label)) for source in Source]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Battles with a label by that source on a turn."""
        said = Label.objects.filter(source=self.value(), turn__battle=OuterRef("battle"))
        return queryset.filter(Exists(said)) if self.value() else queryset


class ValueFilter(_LabelFilter):
    """By what the label says."""

    title = gettext_lazy("value")
    parameter_name = "value"
    field = "value"

    def there_is(self) -> list[tuple[str, str]]:
        """Categories, then languages."""
        return [*selectors.categories(), *selectors.languages()]


class _ChangedOnly(LongList[Any]):
    """Labels arise by themselves: an operator changes their values alone."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: a battle is labelled before its vote is counted."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an empty label says that none fits."""
        return False


@admin.register(BattleLabels)
class BattleLabelsAdmin(_ChangedOnly):
    """What battles are counted under, newest first."""

    form = BattleLabelsForm
    list_display = ("question", "category", "language", "sources", "preset")
    list_filter = (CategoryFilter, LanguageFilter, SourceFilter, "labels__preset")
    search_fields = ("prompt",)
    actions = ("set_category", "set_language")
    dated = "battle__created_at"
    fields = ("battle", "prompt", "picture", "category", "language", "said_by", "moves")
    readonly_fields = ("battle", "prompt", "picture", "said_by", "moves")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without the picture for who may not see it."""
        shown = request.user.has_perm(PICTURE_PERMISSION)
        return [name for name in self.fields if shown or name != "picture"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the first turn's prompt, and all labels in one more query."""
        first = Turn.objects.filter(battle=OuterRef("battle")).order_by("number")
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                prompt=Subquery(first.values("prompt")[:1]),
                sample=Subquery(first.values("sample")[:1]),
            )
        )
        return rows.select_related("labels", "battle").prefetch_related("battle__turns__labels")

    @admin.display(description=gettext_lazy("prompt"))
    def question(self, row: Any) -> str:
        """Its beginning."""
        return Truncator(row.prompt or "").chars(EXCERPT) or "-"

    @admin.display(description=gettext_lazy("prompt"))
    def prompt(self, row: Any) -> str:
        """All of it."""
        return row.prompt or "-"

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, row: Any) -> str:
        """What was asked about."""
        source = reverse("admin:labels_picture", args=[row.pk])
        return format_html('<img src="{}" alt="{}">', source, row.sample or "")

    @admin.display(description=gettext_lazy("category"))
    def category(self, row: Any) -> str:
        """Its name."""
        return selectors.category_name(row.labels.category) or "-"

    @admin.display(description=gettext_lazy("language"))
    def language(self, row: Any) -> str:
        """Its name."""
        return selectors.language_name(row.labels.language) or "-"

    @admin.display(description=gettext_lazy("sample picture"))
    def preset(self, row: Any) -> str:
        """Whether the picture is one of the site's."""
        return _("yes") if row.labels.preset else "-"

    @admin.display(description=gettext_lazy("said by"))
    def sources(self, row: Any) -> str:
        """Who said the category, then who said the language."""
        return ", ".join(str(one.get_source_display()) for one in _first_labels(row)) or "-"

    @admin.display(description=gettext_lazy("said by"))
    def said_by(self, row: Any) -> str:
        """Who said what."""
        labels = _first_labels(row)
        words = [f"{one.get_kind_display()}: {one.get_source_display()}" for one in labels]
        return ", ".join(words) or "-"

    @admin.display(description=gettext_lazy("moves to other boards"))
    def moves(self, row: Any) -> str:
        """Whether the ledger has the vote under other labels than these."""
        return _("with the next refresh") if row.stale else "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which keeps the battle in step."""
        turns = selectors.first_turns([obj.pk]).values()
        for kind in form.changed_data:
            services.relabel(turns=turns, kind=Kind(kind), value=form.cleaned_data[kind])

    @admin.action(description=gettext_lazy("Set the category …"), permissions=["change"])
    def set_category(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """After a page that asks which."""
        return self._ask(request, rows, Kind.CATEGORY)

    @admin.action(description=gettext_lazy("Set the language …"), permissions=["change"])
    def set_language(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """After a page that asks which."""
        return self._ask(request, rows, Kind.LANGUAGE)

    def get_urls(self) -> list[URLPattern]:
        """The picture of a battle, for operators."""
        picture = guarded(self, self.serve_picture, PICTURE_PERMISSION)
        return [path("<int:battle>/picture", picture, name="labels_picture"), *super().get_urls()]

    def serve_picture(self, request: HttpRequest, battle: int) -> HttpResponse | FileResponse:
        """The first turn's, as the models got it."""
        turns = Turn.objects.filter(battle=battle, number=0).select_related("image")
        image = get_object_or_404(turns).image
        return FileResponse(image.file.open(), content_type=image.mime)

    def _ask(self, request: HttpRequest, rows: QuerySet[Any], kind: Kind) -> HttpResponse | None:
        form = ValueForm(kind, answers(request))
        if not form.is_valid():
            title = _("Set the %(kind)s of battles") % {"kind": kind.label}
            words = {"title": title, "explanation": _consequences(), "button": _("Set")}
            return ask(request, self, rows, form, words, named=self.question)
        value = form.cleaned_data["value"]
        self._log(request, rows, f"{kind.label}: {value or NONE}")
        turns = selectors.first_turns(rows.values_list("pk", flat=True)).values()
        changed = services.relabel(turns=list(turns), kind=kind, value=value)
        text = ngettext("%(n)d battle was changed.", "%(n)d battles were changed.", changed)
        self.message_user(request, text % {"n": changed})
        return None

    def _log(self, request: HttpRequest, rows: QuerySet[Any], said: str) -> None:
        user = int(request.user.pk or 0)
        LogEntry.objects.log_actions(user, rows, CHANGE, said)


@admin.register(Label)
class LabelAdmin(_ChangedOnly):
    """Each label of each turn, newest first."""

    form = LabelForm
    list_display = ("question", "kind", "value", "source", "created_at")
    list_filter = ("kind", "source", ValueFilter)
    list_select_related = ("turn",)
    search_fields = ("turn__prompt",)
    fields = ("turn", "question", "kind", "value", "source", "created_at")
    readonly_fields = ("turn", "question", "kind", "source", "created_at")
    actions = None

    @admin.display(description=gettext_lazy("prompt"))
    def question(self, label: Label) -> str:
        """Its beginning."""
        return Truncator(label.turn.prompt).chars(EXCERPT) or "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which keeps the battle in step."""
        value = form.cleaned_data["value"]
        services.relabel(turns=[obj.turn_id], kind=Kind(obj.kind), value=value)


def _first_labels(row: Any) -> list[Label]:
    """Of the battle's first turn, as they were fetched with the row."""
    turn = next(iter(row.battle.turns.all()), None)
    return sorted(turn.labels.all(), key=lambda label: label.kind) if turn else []


def _consequences() -> list[str]:
    return [
        _("You become the source of this label in place of the library, the sample or the rule."),
        _("Votes that are counted already move to the boards of the new label within seconds."),
        _("The ledger keeps this move, and snapshots taken before it stay as they are."),
    ]
