"""The settings that say where exports are published by themselves, and how often."""

from __future__ import annotations

from pathlib import Path

from arena.config.env import env

__all__ = [
    "DATASET_LICENSE",
    "PUBLICATIONS_KEPT",
    "PUBLICATION_ADDRESS",
    "PUBLICATION_ENDPOINT",
    "PUBLICATION_HOURS",
    "PUBLICATION_KEY",
    "PUBLICATION_PLACE",
    "PUBLICATION_REGION",
    "PUBLICATION_SECRET",
]


def _place(text: str) -> str:
    bucket = text.removeprefix("s3://").partition("/")[0]
    if not (bucket if text.startswith("s3://") else Path(text).is_absolute()):
        raise ValueError("takes an absolute folder, or s3://bucket/prefix.")
    return text.rstrip("/")


DATASET_LICENSE = env.text("ARENA_DATASET_LICENSE", "cc-by-4.0")
"""The licence that an export states, as the Hub spells it."""
PUBLICATION_PLACE = env.parsed("ARENA_PUBLICATION_PLACE", _place, "")
"""The folder or the bucket in which exports are published; empty: none is."""
PUBLICATION_ENDPOINT = env.url("ARENA_PUBLICATION_ENDPOINT", "", ("https", "http"))
"""The server of an S3-like store; empty: Amazon's own."""
PUBLICATION_REGION = env.text("ARENA_PUBLICATION_REGION", "us-east-1")
PUBLICATION_KEY = env.text("ARENA_PUBLICATION_KEY", "")
PUBLICATION_SECRET = env.text("ARENA_PUBLICATION_SECRET", "")
PUBLICATION_HOURS = env.decimal("ARENA_PUBLICATION_HOURS", 24.0, least=0.1)
"""From the beginning of a publication to that of the next."""
PUBLICATIONS_KEPT = env.integer("ARENA_PUBLICATIONS_KEPT", 3, least=1)
"""Older publications are removed."""
PUBLICATION_ADDRESS = env.url("ARENA_PUBLICATION_ADDRESS", "", ("https", "http"))
"""The address at which everybody reads that folder or bucket, as the API tells it."""
if PUBLICATION_PLACE.startswith("s3://") and not (PUBLICATION_KEY and PUBLICATION_SECRET):
    env.unreadable["ARENA_PUBLICATION_PLACE"] = (
        "needs ARENA_PUBLICATION_KEY and ARENA_PUBLICATION_SECRET, which open the bucket"
    )
