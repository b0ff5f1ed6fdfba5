"""Adding a model in one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services import VersionSettings
from arena.onboarding.fact_forms import KnownFactsMixin, stored_field
from inference_worker.wire import endpoint_options, endpoints, manifests, model_options
from inference_worker.wire.messages import DEFAULT_BACKEND


def backend_choices() -> list[tuple[str, str]]:
    """Return the name of each backend, and what a list shows of it: the manifest's title, in the
    reader's language."""
    return [(name, f"{name}: {gettext(one.title)}") for name, one in manifests.every().items()]


def recipe_of(cleaned: dict[str, Any]) -> VersionSettings:
    """Return the settings of a version that a form holds."""
    names = ("source", "backend", "revision", "base_url", "key", "options")
    return VersionSettings(**{name: cleaned.get(name) or "" for name in names})


def model_list_attributes() -> dict[str, Any]:
    """Return the attributes by which a page's script offers an endpoint's models for a source."""
    return {
        "data-models-url": reverse_lazy("admin:catalog_endpoint_models"),
        "data-models-button": _("Models at the endpoint"),
        "data-models-waiting": _("A worker asks the endpoint …"),
        "data-models-found": _("The endpoint has models to choose from:"),
        "data-models-none": _("No answer came. Does a worker serve the queue?"),
    }


class RecipeMixin(forms.Form):
    """Backend, endpoint and key have to fit one another."""

    backend = forms.ChoiceField(
        label=_("Backend"),
        choices=backend_choices,
        initial=DEFAULT_BACKEND,
        help_text=_("The part of the worker that runs the model or calls its endpoint."),
    )
    key = forms.CharField(
        label=_("Key of the endpoint"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted, for this endpoint only; nobody can read it here again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() & {"source", "revision", "base_url"}:
            self.fields[name].widget.attrs |= {"class": "vTextField"}  # as wide as other names
        if "source" in self.fields:
            self.fields["source"].widget.attrs |= model_list_attributes()
        if "options" in self.fields:
            self.fields["options"].widget.attrs |= {"rows": 3, "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        """Refuse a remote backend without a fitting endpoint, and any other backend with one."""
        super().clean()
        manifest = manifests.find(self.cleaned_data.get("backend") or "")
        if manifest is not None and manifest.remote:
            self._check_endpoint(self.cleaned_data.get("base_url") or "")
        elif self.cleaned_data.get("base_url") or self.cleaned_data.get("key"):
            self.add_error(
                "base_url", _("Only a backend that calls an endpoint has an address and a key.")
            )
        if self.cleaned_data.get("options") and manifest is not None:
            try:
                model_options.normalised(self.cleaned_data["options"], remote=manifest.remote)
            except endpoint_options.MalformedOptions as error:
                place = (
                    _("a model at an endpoint")
                    if manifest.remote
                    else _("a model that a worker runs")
                )
                said = _("These are no options of %(place)s: %(error)s.")
                self.add_error("options", said % {"place": place, "error": error})
        if self.cleaned_data.get("key") and not settings.SEALING_KEYS:
            self.add_error("key", _("Set ARENA_SEALING_KEY first: keys are stored encrypted."))
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


class NewModelForm(KnownFactsMixin, RecipeMixin, forms.ModelForm[ModelCard]):
    """A card together with its first version, and what is known of the model."""

    source = stored_field(ModelVersion, "source")
    revision = stored_field(ModelVersion, "revision")
    base_url = stored_field(ModelVersion, "base_url")
    options = stored_field(ModelVersion, "options")

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
            "unlisted",
        )


class NewVersionForm(RecipeMixin, forms.ModelForm[ModelVersion]):
    """A version below the card that it belongs to."""

    class Meta:
        model = ModelVersion
        fields = ("source", "backend", "revision", "base_url", "options")


class EndpointForm(RecipeMixin):
    """The endpoint whose models are to be listed, before there is a card."""

    base_url = forms.CharField(max_length=200)
    queue = forms.SlugField(max_length=50)

    @property
    def complaint(self) -> str:
        """The first sentence about what is wrong; empty where nothing is."""
        return next((str(said[0]) for said in self.errors.values()), "")
