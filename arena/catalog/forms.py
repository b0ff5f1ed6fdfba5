"""Adding a model in one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services import Recipe
from inference_worker.wire import endpoints

REMOTE = "openai"


def recipe_of(cleaned: dict[str, Any]) -> Recipe:
    """What a form says of how a version answers."""
    names = ("source", "backend", "revision", "base_url", "key")
    return Recipe(**{name: cleaned.get(name) or "" for name in names})


def field_of_version(name: str) -> forms.Field:
    """The field as the version's own form has it, with the checks that its model makes there."""
    column: Field[Any, Any] = getattr(ModelVersion, name).field
    field: forms.Field = forms.fields_for_model(ModelVersion)[name]
    field.validators = list(column.validators)
    return field


class RecipeMixin(forms.Form):
    """Backend, endpoint and key have to fit one another."""

    key = forms.CharField(
        label=_("key of the endpoint"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored sealed, for this endpoint alone; nobody can read it here again."),
    )

    def clean(self) -> dict[str, Any]:
        """An endpoint that may be called for the remote backend, and for no other."""
        super().clean()
        remote = self.cleaned_data.get("backend") == REMOTE
        if remote:
            self._check_endpoint(self.cleaned_data.get("base_url") or "")
        elif self.cleaned_data.get("base_url") or self.cleaned_data.get("key"):
            self.add_error("base_url", _("Only the openai backend has an endpoint and a key."))
        if self.cleaned_data.get("key") and not settings.SEALING_KEYS:
            self.add_error("key", _("Set ARENA_SEALING_KEY first: keys are stored sealed."))
        return self.cleaned_data

    def _check_endpoint(self, base_url: str) -> None:
        if not base_url:
            if "base_url" not in self.errors:
                message = _("A model at an endpoint needs the endpoint's address.")
                self.add_error("base_url", message)
            return
        try:
            endpoints.resolve(base_url, allow=settings.ENDPOINT_ALLOW)
        except endpoints.ForbiddenEndpoint as error:
            self.add_error("base_url", str(error))


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
