"""Version 1: what the boards say, for anybody's programs. Read-only, and the same for everyone."""

from __future__ import annotations

from arena.api.views import benchmarks, boards, models, trust, votes
from arena.api.views.base import addresses, not_found, schema
from arena.api.views.description import documentation, openapi, suffixed

__all__ = [
    "addresses",
    "benchmarks",
    "boards",
    "documentation",
    "models",
    "not_found",
    "openapi",
    "schema",
    "suffixed",
    "trust",
    "votes",
]
