"""The facts on a model as fields, and the fields that ask which model is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core import signing
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import CardFacts
from arena.onboarding.hub.places import MOST_PLACE
from arena.onboarding.hub.search import SIZES

FACTS_BY_HAND = ("commercial_use", "languages", "image_resolution", "abilities")
"""The facts on a model that an operator may change; the others are as the Hub had them."""
_KNOWN: Final = "arena.catalog.known"


def stored_field(model: type[Model], name: str) -> forms.Field:
    """Return the field as the form of its own model has it, with the checks that its model makes
    there."""
    column: Field[Any, Any] = getattr(model, name).field
    field: forms.Field = forms.fields_for_model(model)[name]
    field.validators = list(column.validators)
    return field


def seal_known(facts: Mapping[str, Any]) -> str:
    """Return facts for a hidden field: the page can show them to the form again, not change
    them."""
    return signing.dumps(dict(facts), salt=_KNOWN, compress=True)


class KnownFactsMixin(forms.Form):
    """The known facts of a model that is being added."""

    commercial_use = stored_field(CardFacts, "commercial_use")
    languages = stored_field(CardFacts, "languages")
    image_resolution = stored_field(CardFacts, "image_resolution")
    abilities = stored_field(CardFacts, "abilities")
    known = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is known of the model, the operator's own words over those of the Hub."""
        given = {name: self.cleaned_data.get(name) or "" for name in FACTS_BY_HAND}
        known = self.cleaned_data.get("known") or {}
        return {**known, **given} if known or any(given.values()) else {}

    def clean_known(self) -> dict[str, Any]:
        """Return the facts that this site sealed; none where somebody else made them up."""
        try:
            found: dict[str, Any] = signing.loads(self.cleaned_data["known"] or "", salt=_KNOWN)
        except signing.BadSignature:
            return {}
        return found


class FactsForm(forms.ModelForm[CardFacts]):
    """The facts that an operator may change."""

    class Meta:
        model = CardFacts
        fields = (*FACTS_BY_HAND, "energy", "energy_source")


class PlaceForm(forms.Form):
    """One field for whatever names a model."""

    place = forms.CharField(
        label=_("Model"),
        max_length=MOST_PLACE,
        widget=forms.TextInput(attrs={"size": 60, "autofocus": True}),
        help_text=_(
            "A Hub id (owner/name, with @ and a commit or without) or its page, the address of an"
            " endpoint (https://host/v1), a folder that the worker sees (/models/name), or the name"
            " of a ready card below. The rest is filled in, and you can change it before you save."
        ),
    )


class HubSearchForm(forms.Form):
    """Words and filters of a search on the Hub."""

    words = forms.CharField(
        label=_("Search the Hub"),
        required=False,
        max_length=100,
        help_text=_("Models that read a picture and a text; a part of the name is enough."),
    )
    size = forms.ChoiceField(
        label=_("Size"),
        required=False,
        choices=[
            ("", _("any")),
            *((size, _("up to %(size)s parameters") % {"size": size}) for size in SIZES if size),
        ],
    )
    licence = forms.ChoiceField(
        label=_("Licence"),
        required=False,
        choices=[
            ("", _("any")),
            *((name, name) for name in ("apache-2.0", "mit", "gemma", "other")),
        ],
    )
