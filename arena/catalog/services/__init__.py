"""Services for what an operator can do with cards that are there, and for their health."""

from __future__ import annotations

from arena.catalog.services.health import finish_check, record_end, start_checks
from arena.catalog.services.lifecycle import (
    activate,
    choose_newest,
    choose_version,
    go_back,
    list_publicly,
    pause,
    retire,
)
from arena.catalog.services.shipped import Filled, MalformedEntry, fill
from arena.catalog.services.versions import VersionSettings

__all__ = [
    "Filled",
    "MalformedEntry",
    "VersionSettings",
    "activate",
    "choose_newest",
    "choose_version",
    "fill",
    "finish_check",
    "go_back",
    "list_publicly",
    "pause",
    "record_end",
    "retire",
    "start_checks",
]
