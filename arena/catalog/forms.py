"""Adding a model in one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services import Recipe

REMOTE = "openai"


def recipe_of(cleaned: dict[str, Any]) -> Recipe:
    """What a form says of how a version answers."""
    names = ("source", "backend", "revision", "base_url")
    return Recipe(**{name: cleaned.get(name) or "" for name in names})


class RecipeMixin(forms.Form):
    """Backend, source and endpoint have to fit one another."""

    def clean(self) -> dict[str, Any]:
        """An endpoint for the remote backend, and for no other."""
        super().clean()
        remote = self.cleaned_data.get("backend") == REMOTE
        if remote and not self.cleaned_data.get("base_url"):
            self.add_error("base_url", _("A model at an endpoint needs the endpoint's address."))
        if not remote and self.cleaned_data.get("base_url"):
            self.add_error("base_url", _("Only the openai backend has an endpoint."))
        return self.cleaned_data


class NewModelForm(RecipeMixin, forms.ModelForm[ModelCard]):
    """A card together with its first version."""

    source = ModelVersion._meta.get_field("source").formfield()
    backend = forms.CharField(
        label=_("backend"),
        initial="transformers",
        max_length=50,
        help_text=_("transformers for a folder or a Hub id, openai for an endpoint."),
    )
    revision = forms.CharField(
        label=_("revision"),
        required=False,
        max_length=100,
        help_text=_("A commit of the Hub. Left empty, the trial pins what it loaded."),
    )
    base_url = forms.CharField(
        label=_("endpoint"),
        required=False,
        max_length=200,
        validators=ModelVersion._meta.get_field("base_url").validators,
        help_text=_("For the openai backend: https://host/v1"),
    )

    class Meta:
        model = ModelCard
        fields = (
            "name",
            "slug",
            "organization",
            "license",
            "parameters",
            "description",
            "limits",
            "queue",
            "weight",
        )


class NewVersionForm(RecipeMixin, forms.ModelForm[ModelVersion]):
    """A version below the card that it belongs to."""

    class Meta:
        model = ModelVersion
        fields = ("source", "backend", "revision", "base_url")
