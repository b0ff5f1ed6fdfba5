"""The rows of the catalogue."""

from __future__ import annotations

from arena.catalog.models.cards import (
    DRAWABLE,
    NAME_TAKEN,
    ModelCard,
    ModelVersion,
    validate_options,
)
from arena.catalog.models.changes import CardChange
from arena.catalog.models.facts import CardFacts
from arena.catalog.models.health import VersionHealth
from arena.catalog.models.probes import ProbeReport

__all__ = [
    "DRAWABLE",
    "NAME_TAKEN",
    "CardChange",
    "CardFacts",
    "ModelCard",
    "ModelVersion",
    "ProbeReport",
    "VersionHealth",
    "validate_options",
]
