"""Admin pages to assign evaluated models to cards, and to remove a wrong file again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.benchmarks.models import BenchmarkScore, EvaluatedModel, ScoreImport
from arena.benchmarks.services import type_score_in
from arena.benchmarks.typing_in import TypedScoreForm
from arena.core.admin.read_only import ReadOnlyAdmin

SHOWN = ("model", "dataset", "metric", "value", "standard_error", "items", "judge", "source")
"""The fields of a score that an operator looks at."""


@admin.register(EvaluatedModel)
class EvaluatedModelAdmin(admin.ModelAdmin[EvaluatedModel]):
    """The names of result files, each with the card that an operator chose for it."""

    actions: Any = None
    list_display = ("name", "card", "version")
    list_select_related = ("card", "version__card")
    list_filter = (("card", admin.EmptyFieldListFilter),)
    search_fields = ("name", "card__name", "card__slug")
    readonly_fields = ("name", "facts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: models come with the files that name them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a model without scores is shown nowhere."""
        return False


@admin.register(ScoreImport)
class ScoreImportAdmin(ReadOnlyAdmin[ScoreImport]):
    """The files that were read. Deleting one takes its scores out."""

    list_display = ("source", "tool", "tool_version", "measured_at", "imported_at", "imported_by")
    list_filter = ("format",)
    search_fields = ("source", "tool")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may delete imports, as Django's permission says."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return the imports by name and their scores by number.

        The scores need no permission of their own, which nobody has: they go with their import.
        """
        counts = {
            ScoreImport._meta.verbose_name_plural: len(objs),
            BenchmarkScore._meta.verbose_name_plural: BenchmarkScore.objects.filter(
                source__in=[one.pk for one in objs]
            ).count(),
        }
        return [str(one) for one in objs], counts, set(), []


@admin.register(BenchmarkScore)
class BenchmarkScoreAdmin(admin.ModelAdmin[BenchmarkScore]):
    """The list of all scores, with a form to type one in. What was typed wrongly goes with its
    import."""

    actions: Any = None
    form = TypedScoreForm
    list_display = ("model", "dataset", "metric", "value", "source")
    list_select_related = ("model__card", "source")
    list_filter = ("source__format",)
    search_fields = ("model__name", "dataset")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a measured score is not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: scores go with the import that they came with."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of a stored score, or those of the form for a new one."""
        return SHOWN if obj is not None else tuple(TypedScoreForm.base_fields)

    def save_model(
        self, request: HttpRequest, obj: BenchmarkScore, form: Any, change: bool
    ) -> None:
        """Store the score by the service, and let the admin go on with its row."""
        typed = form.cleaned_data
        stored = type_score_in(
            card=typed["card"],
            benchmark=typed["benchmark"],
            percent=typed["percent"],
            error=typed["error"],
            items=typed["answered"],
            tool=typed["tool"],
            tool_version=typed["tool_version"],
            source=typed["origin"],
            measured_at=typed["measured_on"].isoformat() if typed["measured_on"] else "",
            user=request.user,
        )
        obj.pk, obj.model, obj.source = stored.pk, stored.model, stored.source
        obj.dataset, obj.metric, obj.value = stored.dataset, stored.metric, stored.value
