"""The settings of a version, and the version that they make."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Max

from arena.catalog.models import ModelCard, ModelVersion
from inference_worker.wire import model_options, sealed
from inference_worker.wire.messages import DEFAULT_BACKEND


@dataclass(frozen=True, slots=True)
class VersionSettings:
    """The settings of a new version. ``key`` is the endpoint's, in the clear until it is stored."""

    source: str
    backend: str = DEFAULT_BACKEND
    revision: str = ""
    base_url: str = ""
    key: str = field(default="", repr=False)
    options: str = ""


def new_version(*, card: ModelCard, recipe: VersionSettings) -> ModelVersion:
    """Return an unsaved version with the card's next number.

    The caller's transaction locks the card. Raises BrokenSeal for a key where there is nothing to
    seal it with.
    """
    ModelCard.objects.select_for_update(no_key=True).get(pk=card.pk)
    last = card.versions.aggregate(last=Max("number"))["last"] or 0
    return ModelVersion(
        card=card,
        number=last + 1,
        backend=recipe.backend,
        source=recipe.source,
        revision=recipe.revision,
        base_url=recipe.base_url,
        sealed_key=sealed_key_of(recipe),
        options=model_options.normalised(recipe.options, remote=bool(recipe.base_url)),
    )


def sealed_key_of(recipe: VersionSettings) -> str:
    """Return ciphertext for this endpoint alone; empty without a key."""
    if not recipe.key:
        return ""
    return sealed.seal(recipe.key, base_url=recipe.base_url, keys=settings.SEALING_KEYS)
