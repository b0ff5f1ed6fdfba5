"""The form in which an operator types a score in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arena.benchmarks.catalogue import benchmarks
from arena.benchmarks.models import BenchmarkScore
from arena.catalog.models import ModelCard


class TypedScoreForm(forms.ModelForm[BenchmarkScore]):
    """A score in percent, with where it comes from."""

    card = forms.ModelChoiceField(ModelCard.objects.order_by("name"), label=_("model card"))
    benchmark = forms.ChoiceField(label=_("benchmark"))
    percent = forms.FloatField(
        label=_("score"),
        min_value=0,
        max_value=100,
        help_text=_("In percent of the best possible score."),
    )
    error = forms.FloatField(label=_("standard error"), min_value=0, max_value=100, required=False)
    answered = forms.IntegerField(label=_("items answered"), min_value=1, required=False)
    tool = forms.CharField(label=_("tool"), max_length=200)
    tool_version = forms.CharField(label=_("tool's version"), max_length=200, required=False)
    origin = forms.CharField(
        label=_("source"), max_length=500, help_text=_("The address of the scores.")
    )
    measured_on = forms.DateField(label=_("measured"), required=False)

    class Meta:
        model = BenchmarkScore
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(key, one.name) for key, one in benchmarks().items()]
        self.fields["benchmark"] = forms.ChoiceField(label=_("benchmark"), choices=choices)
