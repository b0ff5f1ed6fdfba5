"""The admin's pages of the questions to voters, with the shares of a population."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.core.admin.confirmation import ask, is_confirmed
from arena.demographics.disclosure import LEAST_PEOPLE
from arena.demographics.forms import AnswerForm, AnswerFormSet
from arena.demographics.models import SurveyAnswer, SurveyQuestion


class AnswerInline(admin.TabularInline[SurveyAnswer, SurveyQuestion]):
    """The answers of a question, with the shares of the population that would give them."""

    model = SurveyAnswer
    form = AnswerForm
    formset = AnswerFormSet
    fields = ("words", "slug", "position", "share")
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may look at questions: answers have no right of their own."""
        return request.user.has_perm("demographics.view_surveyquestion") or self.may(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may write questions."""
        return self.may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may write questions."""
        return self.may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may write questions."""
        return self.may(request)

    @staticmethod
    def may(request: HttpRequest) -> bool:
        """Return whether the account has a right by which questions are written."""
        rights = ("demographics.add_surveyquestion", "demographics.change_surveyquestion")
        return any(request.user.has_perm(right) for right in rights)


@admin.register(SurveyQuestion)
class SurveyQuestionAdmin(admin.ModelAdmin[SurveyQuestion]):
    """The questions that voters may answer about themselves; who answered what stands nowhere."""

    list_display = ("words", "is_asked", "people", "population")
    list_filter = ("is_asked",)
    search_fields = ("words", "slug")
    actions = None
    inlines = (AnswerInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (("words", "slug"), ("is_asked", "position")),
                "description": gettext_lazy(
                    "Voters answer on the page “About you”; they are asked once, after five votes."
                    " Ask only what a board needs. Of a group of fewer than ten people nothing is"
                    " shown."
                ),
            },
        ),
        (
            gettext_lazy("Population"),
            {
                "fields": ("population",),
                "description": gettext_lazy(
                    "For a board that speaks for a population: whom you mean and where the shares"
                    " come from, and below the share of each answer in percent."
                ),
            },
        ),
    )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Return the form; ask first where it removes answers, as those of people go with them."""
        if request.method == "POST" and not is_confirmed(request) and AnswerInline.may(request):
            rows = [
                name.removesuffix("-DELETE") for name in request.POST if name.endswith("-DELETE")
            ]
            keys = [request.POST.get(f"{row}-id", "") for row in rows]
            going = SurveyAnswer.objects.filter(pk__in=[key for key in keys if key.isdecimal()])
            if going.exists():
                said = _(
                    "Whoever gave one of these answers has said nothing from then on: what they"
                    " said is deleted with the answer, and this can't be undone."
                )
                words = {
                    "title": _("Remove answers"),
                    "explanation": [said],
                    "button": _("Remove"),
                }
                named, back = attrgetter("words"), (request.path, _("Back"))
                return ask(request, self.admin_site, going, words, named=named, back=back)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SurveyQuestion]:
        """Return the questions with the number of people who answered."""
        said = Count("answers__descriptions")
        return super().get_queryset(request).annotate(described=said)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the slug of a stored question: boards call it by that."""
        return ("slug",) if obj is not None else ()

    @admin.display(description=gettext_lazy("people who answered"))
    def people(self, question: Any) -> str:
        """Return how many people answered, where they are enough to be spoken of."""
        if question.described < LEAST_PEOPLE:
            return _("fewer than %(n)d") % {"n": LEAST_PEOPLE}
        return str(question.described)
