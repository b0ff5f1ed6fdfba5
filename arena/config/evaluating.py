"""Settings of what is asked in the background: by evaluators, and of versions on trial."""

from __future__ import annotations

from arena.config.env import env

__all__ = ["EVALUATION", "EVALUATION_SECONDS", "EVALUATION_SLOTS", "SHADOW_ANSWERS"]

EVALUATION = env.flag("ARENA_EVALUATION", default=False)
"""Whether /v1/chat/completions and /v1/models answer who shows a token."""
EVALUATION_SLOTS = env.integer("ARENA_EVALUATION_SLOTS", 4, least=1)
"""Requests of evaluators that are with the workers at once."""
EVALUATION_SECONDS = env.decimal("ARENA_EVALUATION_SECONDS", 300.0, least=1.0)
"""The time that a request may take, from its slot to its end; voters' battles go first."""
SHADOW_ANSWERS = env.integer("ARENA_SHADOW_ANSWERS", 20)
"""Questions of voters that a version on trial is asked on a day; 0 asks none."""
