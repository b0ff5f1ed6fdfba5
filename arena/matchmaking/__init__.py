"""Which two models meet next, and on which sample: numpy only, nothing else of the arena."""

from __future__ import annotations

from arena.matchmaking.forecast import votes_until, widths_after
from arena.matchmaking.pairing import Matchup, PairProbabilities, draw_pair
from arena.matchmaking.pictures import (
    draw_picture,
    expected_contest,
    learned_contest,
    picture_probabilities,
)
from arena.matchmaking.plan import STRATEGIES, Strategy, plan_pairs
from arena.matchmaking.replacement import draw_replacement, shown_probability

__all__ = [
    "STRATEGIES",
    "Matchup",
    "PairProbabilities",
    "Strategy",
    "draw_pair",
    "draw_picture",
    "draw_replacement",
    "expected_contest",
    "learned_contest",
    "picture_probabilities",
    "plan_pairs",
    "shown_probability",
    "votes_until",
    "widths_after",
]
