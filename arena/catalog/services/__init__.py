"""What an operator can do with the catalogue."""

from __future__ import annotations

from arena.catalog.services.cards import Recipe, activate, add_model, add_version, retire
from arena.catalog.services.health import finish_check, record_end, start_checks
from arena.catalog.services.shipped import Filled, MalformedEntry, fill
from arena.catalog.services.trials import finish_trial, start_trial

__all__ = [
    "Filled",
    "MalformedEntry",
    "Recipe",
    "activate",
    "add_model",
    "add_version",
    "fill",
    "finish_check",
    "finish_trial",
    "record_end",
    "retire",
    "start_checks",
    "start_trial",
]
