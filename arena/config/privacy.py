"""The settings of the page on privacy, and how long the arena keeps what is about people."""

from __future__ import annotations

import importlib.util

from arena.config.env import env
from arena.core.face_detection import PACKAGES

__all__ = [
    "BLUR_FACES",
    "CONTENT_DAYS",
    "GROUP_DAYS",
    "MINIMUM_AGE",
    "NETWORK_DAYS",
    "OPERATOR_CONTACT",
    "OPERATOR_NAME",
    "RATE_ACCOUNTS",
    "RATE_EXPORTS",
    "RATE_EXPORTS_NETWORK",
    "RATE_TRANSFERS",
    "TERMS_URL",
    "TERMS_VERSION",
    "TRANSFER_MINUTES",
]

OPERATOR_NAME = env.text("ARENA_OPERATOR_NAME", "")
"""Who runs this arena, as the page on privacy says it."""
OPERATOR_CONTACT = env.text("ARENA_OPERATOR_CONTACT", "")
"""Where the operator can be reached: an e-mail address or the address of a page."""
TERMS_URL = env.text("ARENA_TERMS_URL", "")
"""The address of the terms of use."""


def _version_of_terms(text: str) -> str:
    """Return the version. Raises ValueError where no visitor could read the terms."""
    if not TERMS_URL.startswith(("https://", "http://")):
        raise ValueError("asks visitors to accept terms, so ARENA_TERMS_URL has to be a web page.")
    if len(text) > 40:
        raise ValueError("takes at most 40 characters.")
    return text


TERMS_VERSION = env.parsed("ARENA_TERMS_VERSION", _version_of_terms, "")
"""Visitors accept the terms before their first battle, and anew when this changes. Empty: nobody is
asked."""
MINIMUM_AGE = env.integer("ARENA_MINIMUM_AGE", 0, least=0)
"""Visitors confirm before their first battle that they are so old. 0: nobody is asked."""
CONTENT_DAYS = env.decimal("ARENA_CONTENT_DAYS", 90.0, least=0.0)
"""Pictures and texts of battles that may not be published are erased after this time."""
NETWORK_DAYS = env.decimal("ARENA_NETWORK_DAYS", 7.0, least=0.0)
"""The network bucket of a voter is erased after this time."""
GROUP_DAYS = env.decimal("ARENA_GROUP_DAYS", 365.0, least=0.0)
"""What a voter said of themselves is deleted so long after their last battle or change of it."""
TRANSFER_MINUTES = env.integer("ARENA_TRANSFER_MINUTES", 10, least=1)
"""A code that carries an identity to another device is valid for this time, once."""
RATE_ACCOUNTS = env.rate("ARENA_RATE_ACCOUNTS", "10/hour")
"""Accounts that voters of one network may create."""
RATE_TRANSFERS = env.rate("ARENA_RATE_TRANSFERS", "20/hour")
"""Codes that a network may make or try."""
RATE_EXPORTS = env.rate("ARENA_RATE_EXPORTS", "6/hour")
RATE_EXPORTS_NETWORK = env.rate("ARENA_RATE_EXPORTS_NETWORK", "60/hour")
"""Exports of one's own data."""


def _blur_faces(text: str) -> bool:
    """Return whether faces are blurred. Raises ValueError where the detector is not installed."""
    if text not in ("0", "1"):
        raise ValueError(f"is {text!r}; it takes 1 or 0.")
    if text == "1" and not all(map(importlib.util.find_spec, PACKAGES)):
        raise ValueError("needs the packages of requirements/faces.txt.")
    return text == "1"


BLUR_FACES = env.parsed("ARENA_BLUR_FACES", _blur_faces, default=False)
"""Whether faces are blurred in what is published: shared pages, their previews, exports."""
