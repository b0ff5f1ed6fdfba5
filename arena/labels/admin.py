"""Admin pages on which operators read and correct labels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arena.battles.models import Battle, Turn
from arena.battles.selectors.conversation import image_of
from arena.battles.selectors.pictures import picture_bytes
from arena.core.admin.confirmation import answers, ask
from arena.core.admin.keyset_list import LongList
from arena.core.admin.permissions import require_permission
from arena.labels import selectors, services
from arena.labels.forms import BattleLabelsForm, LabelForm, ValueForm
from arena.labels.models import BattleLabels, Label
from arena.labels.states import LabelKind, LabelSource

EXCERPT = 80
PICTURE_PERMISSION = "labels.view_picture"
NONE = "-"
"""The value in addresses that means empty, because an empty value means all."""


class _LabelFilter(admin.SimpleListFilter):
    """A filter by language or category of the battle's set."""

    field = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the values that there are, and one for what has none."""
        return [*self.there_is(), (NONE, _("none"))]

    def there_is(self) -> list[tuple[str, str]]:
        """Return the value and the name of each."""
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
        """Return the value and the name of each."""
        return selectors.categories()


class LanguageFilter(_LabelFilter):
    """The languages that battles have."""

    title = gettext_lazy("language")
    parameter_name = "language"
    field = "labels__language"

    def there_is(self) -> list[tuple[str, str]]:
        """Return the code and the name of each."""
        return selectors.languages()


class SourceFilter(admin.SimpleListFilter):
    """A filter by who said either of the two."""

    title = gettext_lazy("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all values that can occur."""
        return [(source.value, str(source.label)) for source in LabelSource]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Battles with a label by that source on a turn."""
        said = Label.objects.filter(source=self.value(), turn__battle=OuterRef("battle"))
        return queryset.filter(Exists(said)) if self.value() else queryset


class ValueFilter(_LabelFilter):
    """A filter by what the label says."""

    title = gettext_lazy("value")
    parameter_name = "value"
    field = "value"

    def there_is(self) -> list[tuple[str, str]]:
        """Return the categories, then the languages."""
        return [*selectors.categories(), *selectors.languages()]


class _ChangedOnly(LongList[Any]):
    """Labels arise by themselves: an operator changes their values alone."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a battle is labelled before its vote is counted."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an empty label says that none fits."""
        return False


@admin.register(BattleLabels)
class BattleLabelsAdmin(_ChangedOnly):
    """The labels that battles are counted under, newest first."""

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
        """Return battles with the prompt of the first turn, and all labels in one more query."""
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
        """Return the beginning of the prompt."""
        return Truncator(row.prompt or "").chars(EXCERPT) or "-"

    @admin.display(description=gettext_lazy("prompt"))
    def prompt(self, row: Any) -> str:
        """Return the whole prompt."""
        return row.prompt or "-"

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, row: Any) -> str:
        """Return the picture that was asked about."""
        source = reverse("admin:labels_picture", args=[row.pk])
        return format_html('<img src="{}" alt="{}">', source, row.sample or "")

    @admin.display(description=gettext_lazy("category"))
    def category(self, row: Any) -> str:
        """Return the name in the operator's language."""
        return selectors.category_name(row.labels.category) or "-"

    @admin.display(description=gettext_lazy("language"))
    def language(self, row: Any) -> str:
        """Return the name in the operator's language."""
        return selectors.language_name(row.labels.language) or "-"

    @admin.display(description=gettext_lazy("sample picture"))
    def preset(self, row: Any) -> str:
        """Return whether the picture is one of the site's."""
        return _("yes") if row.labels.preset else "-"

    @admin.display(description=gettext_lazy("said by"))
    def sources(self, row: Any) -> str:
        """Return who said the category, then who said the language."""
        return ", ".join(str(one.get_source_display()) for one in _first_labels(row)) or "-"

    @admin.display(description=gettext_lazy("said by"))
    def said_by(self, row: Any) -> str:
        """Return who said what, a line for each label."""
        labels = _first_labels(row)
        words = [f"{one.get_kind_display()}: {one.get_source_display()}" for one in labels]
        return ", ".join(words) or "-"

    @admin.display(description=gettext_lazy("moves to other boards"))
    def moves(self, row: Any) -> str:
        """Return whether the ledger has the vote under other labels than these."""
        return _("with the next refresh") if row.stale else "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which keeps the battle in step."""
        turns = selectors.first_turns([obj.pk]).values()
        for kind in form.changed_data:
            services.relabel(turns=turns, kind=LabelKind(kind), value=form.cleaned_data[kind])

    @admin.action(description=gettext_lazy("Set the category …"), permissions=["change"])
    def set_category(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """Ask for a label on a page of its own, then set it."""
        return self._ask(request, rows, LabelKind.CATEGORY)

    @admin.action(description=gettext_lazy("Set the language …"), permissions=["change"])
    def set_language(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """Ask for a label on a page of its own, then set it."""
        return self._ask(request, rows, LabelKind.LANGUAGE)

    def get_urls(self) -> list[URLPattern]:
        """The picture of a battle, for operators."""
        picture = require_permission(self, self.serve_picture, PICTURE_PERMISSION)
        return [path("<int:battle>/picture", picture, name="labels_picture"), *super().get_urls()]

    def serve_picture(self, request: HttpRequest, battle: int) -> HttpResponse:
        """Return a picture of the battle as the models got it: the one that ``image`` names, else
        the first one. Raises PictureRemoved and NotFound."""
        own = get_object_or_404(Battle, pk=battle)
        image = image_of(own, request.GET.get("image", ""))
        return HttpResponse(picture_bytes(image), content_type=image.mime)

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Any], kind: LabelKind
    ) -> HttpResponse | None:
        form = ValueForm(kind, answers(request))
        if not form.is_valid():
            title = _("Set the %(kind)s of battles") % {"kind": kind.label}
            consequences = [
                _(
                    "You become the source of this label in place of the library, the sample or"
                    " the rule."
                ),
                _(
                    "Votes that are counted already move to the boards of the new label within"
                    " seconds."
                ),
                _("The ledger keeps this move, and snapshots taken before it stay as they are."),
            ]
            words = {"title": title, "explanation": consequences, "button": _("Set")}
            return ask(request, self.admin_site, rows, words, form=form, named=self.question)
        value = form.cleaned_data["value"]
        said = f"{kind.label}: {value or NONE}"
        LogEntry.objects.log_actions(int(request.user.pk or 0), rows, CHANGE, said)
        turns = selectors.first_turns(rows.values_list("pk", flat=True)).values()
        changed = services.relabel(turns=list(turns), kind=kind, value=value)
        text = ngettext("%(n)d battle was changed.", "%(n)d battles were changed.", changed)
        self.message_user(request, text % {"n": changed})
        return None


@admin.register(Label)
class LabelAdmin(_ChangedOnly):
    """The list of the labels of all turns, newest first."""

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
        """Return the beginning of the prompt."""
        return Truncator(label.turn.prompt).chars(EXCERPT) or "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which keeps the battle in step."""
        value = form.cleaned_data["value"]
        services.relabel(turns=[obj.turn_id], kind=LabelKind(obj.kind), value=value)


def _first_labels(row: Any) -> list[Label]:
    """Return the labels of the battle's first turn, as they were fetched with the row."""
    turn = next(iter(row.battle.turns.all()), None)
    return sorted(turn.labels.all(), key=lambda label: label.kind) if turn else []
