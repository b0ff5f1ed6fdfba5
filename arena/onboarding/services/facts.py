"""Facts on a model beside its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arena.catalog.models import CardFacts, ModelCard


def store_facts(card: ModelCard, facts: Mapping[str, Any]) -> None:
    """Keep facts beside a card, over those that are there."""
    if facts:
        CardFacts.objects.update_or_create(card=card, defaults=dict(facts))
