"""The forms of one's own battles."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TransferForm(forms.Form):
    """A code of another device, and the word that this browser's own battles may be left."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"class": "field", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    leave = forms.BooleanField(required=False)


class SearchForm(forms.Form):
    """Search in one's own battles, and the place where a page begins."""

    q = forms.CharField(required=False, max_length=100)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
