"""The form in which a voter describes themselves, and the check of a population's shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arena.demographics.models import SurveyAnswer, SurveyQuestion

WHOLE = Decimal(100)
ROUNDING = Decimal("0.05")
"""Percentages that were rounded to two digits may miss 100 by so much."""


class DescriptionForm(forms.Form):
    """A choice for each question that is asked; every one of them may be left empty."""

    def __init__(
        self, questions: Sequence[SurveyQuestion], *args: Any, given: Mapping[str, str]
    ) -> None:
        super().__init__(*args)
        for question in questions:
            answers = list(question.answers.all())
            offered = [(one.slug, gettext(one.words)) for one in answers]
            chosen = {one.key: one.slug for one in answers}.get(given.get(question.slug, ""), "")
            self.fields[question.slug] = forms.ChoiceField(
                label=gettext(question.words),
                choices=[("", _("I'd rather not say")), *offered],
                required=False,
                initial=chosen,
                widget=forms.Select(attrs={"class": "field"}),
            )


class AnswerForm(forms.ModelForm[SurveyAnswer]):
    """An answer of a question. Boards call it by its slug, which never changes therefore."""

    class Meta:
        model = SurveyAnswer
        fields = ("slug", "words", "position", "share")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and "slug" in self.fields:
            self.fields["slug"].disabled = True


class AnswerFormSet(BaseInlineFormSet[SurveyAnswer, SurveyQuestion, forms.ModelForm[SurveyAnswer]]):
    """The answers of a question, all different, whose shares are all left out or add up to 100.

    Shares need the words of the question that say whose they are.
    """

    def clean(self) -> None:
        """Raise ValidationError for a slug that is there twice, and for shares that say no
        population."""
        super().clean()
        given = [getattr(form, "cleaned_data", {}) for form in self.forms]
        kept = [row for row in given if row.get("slug") and not row.get("DELETE")]
        slugs = [row["slug"] for row in kept]
        if len(slugs) != len(set(slugs)):
            raise ValidationError(gettext("Two answers have the same slug."))
        shares = [row.get("share") for row in kept]
        stated = [share for share in shares if share is not None]
        if not stated:
            return
        if len(stated) < len(shares):
            raise ValidationError(
                gettext("State a share for each answer, 0 for one that the population leaves out.")
            )
        if abs(sum(stated) - WHOLE) > ROUNDING:
            said = gettext("The shares add up to %(sum)s percent instead of 100.")
            raise ValidationError(said % {"sum": sum(stated)})
        if not self.instance.population.strip():
            raise ValidationError(
                gettext(
                    "Say under “Population” whom the shares are of and where they come from: that"
                    " stands beside the board."
                )
            )
