"""Services that bring models into the catalogue."""

from __future__ import annotations

from arena.onboarding.services.cards import (
    add_model,
    add_tuned_model,
    add_version,
    adopt_learned,
    ask_for_models,
)
from arena.onboarding.services.facts import store_facts
from arena.onboarding.services.proposals import (
    ModelProposal,
    free_slug,
    onboard,
    propose,
    stored_twin,
)

__all__ = [
    "ModelProposal",
    "add_model",
    "add_tuned_model",
    "add_version",
    "adopt_learned",
    "ask_for_models",
    "free_slug",
    "onboard",
    "propose",
    "store_facts",
    "stored_twin",
]
