"""Settings of boards and of the draw."""

from __future__ import annotations

from arena.config.env import env

__all__ = [
    "BOARD_MIN_VOTES",
    "BOARD_REFIT_SECONDS",
    "BOARD_REFIT_VOTES",
    "DRAW_FLOOR",
    "DRAW_POLICY",
    "INTERVAL_GOAL",
]

BOARD_MIN_VOTES = env.integer("ARENA_BOARD_MIN_VOTES", 10, least=1)
"""A model with fewer votes is listed as "too few votes", without a number."""
BOARD_REFIT_SECONDS = env.decimal("ARENA_BOARD_REFIT_SECONDS", 60.0, least=0.0)
"""Boards that need single votes (clustered errors, style) are fitted anew at most this often."""
BOARD_REFIT_VOTES = env.integer("ARENA_BOARD_REFIT_VOTES", 500_000, least=1)
"""The number of newest votes of such a board, which bounds its time and memory."""
DRAW_POLICY = env.one_of(
    "ARENA_DRAW_POLICY", "fewest_votes", ("uniform", "fewest_votes", "a_optimal")
)
DRAW_FLOOR = env.decimal("ARENA_DRAW_FLOOR", 0.1, most=1.0)
"""The share of the draw that stays uniform, so that no pair becomes impossible or predictable."""
INTERVAL_GOAL = env.decimal("ARENA_INTERVAL_GOAL", 50.0, least=1.0)
"""Points that an interval shall be wide at most; operators see which ones are."""
