"""What `manage.py finetune` knows of a base and of the model that came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from arena.catalog.models import ModelCard, ModelVersion

METHODS = ("sft", "dpo", "kto")
PRESETS = ("lora", "projector", "decoder")
"""What is trained: matrices beside the linear layers, or whole parts as LLaVA's two stages do."""
KEPT_OUT = 3
"""The exit status of a training whose model has not become better."""
_SHIPPED = "shipped:"


def base_of(version: ModelVersion) -> str:
    """Return the folder or the Hub id from which the base is loaded."""
    if version.source.startswith(_SHIPPED):
        slug = version.source.removeprefix(_SHIPPED)
        return str(settings.BASE_DIR / "inference_worker" / "checkpoints" / slug)
    return version.source


def tuned_card(
    base: ModelVersion, *, method: str, slug: str, measured: Sequence[Mapping[str, Any]]
) -> ModelCard:
    """Return the card of a tuned model: the one of an earlier run, or a new one, not yet stored.

    Its description names the base and both figures of each measure, so that its page shows both.
    """
    card = ModelCard.objects.filter(slug=slug).first()
    if card is not None:
        return card
    figures = "; ".join(
        f"{one['measure']}: {one['before']:.1f} % before, {one['after']:.1f} % after"
        f" ({one['lower']:+.1f} to {one['upper']:+.1f})"
        for one in measured
    )
    description = f"{base.card.name} (version {base.number}), tuned by {method}. {figures}."
    return ModelCard(
        slug=slug,
        name=f"{base.card.name} {method.upper()}",
        organization=base.card.organization,
        license=base.card.license,
        parameters=base.card.parameters,
        description=description[:500],
        limits=base.card.limits,
        queue=base.card.queue,
    )
