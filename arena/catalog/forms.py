"""Adding a model in one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services import Recipe

REMOTE = "openai"


def recipe_of(cleaned: dict[str, Any]) -> Recipe:
    """What a form says of how a version answers."""
    names = ("source", "backend", "revision", "base_url")
    return Recipe(**{name: cleaned.get(name) or "" for name in names})


def field_of_version(name: str) -> forms.Field:
    """The field as the version's own form has it, with the checks that its model makes there."""
    column: Field[Any, Any] = getattr(ModelVersion, name).field
    field: forms.Field = forms.fields_for_model(ModelVersion)[name]
    field.validators = list(column.validators)
    return field


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

    source = field_of_version("source")
    backend = field_of_version("backend")
    revision = field_of_version("revision")
    base_url = field_of_version("base_url")

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
