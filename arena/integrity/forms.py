"""The decision on a case as an operator sends it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from arena.integrity.models import MOST_WORDS
from arena.integrity.states import CaseAction


class DecisionForm(forms.Form):
    """A form of one button for each decision, and of words that are published with it."""

    action = forms.ChoiceField(choices=CaseAction.choices)
    words = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("Published with the decision, without your name. Name nobody."),
    )
