"""Services that erase content, change consent and end what has had its time."""

from __future__ import annotations

from arena.privacy.services.consent import change_consent
from arena.privacy.services.erasing import erase_battles, erase_voter
from arena.privacy.services.requests import erase_on_request
from arena.privacy.services.retention import RetentionRun, retain

__all__ = [
    "RetentionRun",
    "change_consent",
    "erase_battles",
    "erase_on_request",
    "erase_voter",
    "retain",
]
