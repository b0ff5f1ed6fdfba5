"""The settings of the choice of sample pictures, and of battles that are prepared on them."""

from __future__ import annotations

from arena.config.env import env

__all__ = ["PREPARED_BATTLES", "PREPARED_BATTLES_SITE", "PREPARED_SECONDS", "SAMPLE_FLOOR"]

SAMPLE_FLOOR = env.decimal("ARENA_SAMPLE_FLOOR", 0.2, least=0.01, most=1.0)
"""The share of the choice of sample pictures that stays even; 1 chooses them without regard to how
likely the answers are to differ."""
PREPARED_BATTLES = env.integer("ARENA_PREPARED_BATTLES", 2, least=0)
"""Battles on samples that are prepared for a voter who looks at one; 0 prepares none."""
PREPARED_BATTLES_SITE = env.integer("ARENA_PREPARED_BATTLES_SITE", 40, least=0)
PREPARED_SECONDS = env.integer("ARENA_PREPARED_SECONDS", 180, least=1)
"""A prepared battle that nobody was shown is discarded after this."""
