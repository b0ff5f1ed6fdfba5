"""The public API of an arena from Python: runs without the site, and needs httpx alone."""

from __future__ import annotations

from arena.client.reading import ArenaClient, ArenaRefusal, RatedModel

__all__ = ["ArenaClient", "ArenaRefusal", "RatedModel"]
