"""Every answer is made anew here, too."""

from __future__ import annotations

from tests.arena.api.conftest import _made_anew

__all__ = ["_made_anew"]
