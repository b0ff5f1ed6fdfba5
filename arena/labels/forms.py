"""Forms with which an operator writes labels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from arena.core.admin.confirmation import DatalistInput
from arena.labels import selectors
from arena.labels.models import BattleLabels, Label
from arena.labels.states import LabelKind


def category_field(help_text: Any) -> forms.CharField:
    """A known category, or an operator's own."""
    shape = _("Use small letters, digits, _ and - only, as in creative_writing.")
    return forms.CharField(
        label=_("Category"),
        required=False,
        max_length=20,
        validators=[RegexValidator(r"^[a-z0-9_-]*$", shape)],
        widget=DatalistInput(selectors.categories),
        help_text=help_text,
    )


def language_field(help_text: Any) -> forms.CharField:
    """The code of a language."""
    shape = _("Use the code of one language, as in en or pt-br.")
    return forms.CharField(
        label=_("Language"),
        required=False,
        max_length=12,
        validators=[RegexValidator(r"^[a-z]{2,3}(-[a-z0-9]+)*$", shape)],
        widget=DatalistInput(selectors.languages),
        help_text=help_text,
    )


_FIELDS = {LabelKind.CATEGORY: category_field, LabelKind.LANGUAGE: language_field}


class ValueForm(forms.Form):
    """A value for all turns of an action. An empty value means undetermined."""

    value: forms.CharField

    def __init__(self, kind: LabelKind, data: Any = None) -> None:
        super().__init__(data)
        self.fields["value"] = _FIELDS[kind](_("Choose one or write your own; empty is none."))


class BattleLabelsForm(forms.ModelForm[BattleLabels]):
    """Language and category of a battle's first turn."""

    category = category_field(_("Boards count the vote under it. Empty: none fits."))
    language = language_field(_("Boards count the vote under it. Empty: undetermined."))

    class Meta:
        model = BattleLabels
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in LabelKind:
            self.initial[kind.value] = getattr(self.instance.labels, kind.value)


class LabelForm(forms.ModelForm[Label]):
    """The value of one label."""

    class Meta:
        model = Label
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = _FIELDS[LabelKind(self.instance.kind)](_("Empty: undetermined."))
        self.fields["value"] = field
        self.initial["value"] = self.instance.value
