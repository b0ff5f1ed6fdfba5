"""Which two models meet next: numpy only, nothing else of the arena."""

from __future__ import annotations

from arena.matchmaking.draw import DrawPlan, Matchup, draw
from arena.matchmaking.plan import STRATEGIES, draw_plan

__all__ = ["STRATEGIES", "DrawPlan", "Matchup", "draw", "draw_plan"]
