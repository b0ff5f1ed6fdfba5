"""Version 1: what the boards say, for anybody's programs. Read-only, and the same for everyone."""

from __future__ import annotations

from arena.api.views.reading import api, not_found, openapi, schema

__all__ = ["api", "not_found", "openapi", "schema"]
