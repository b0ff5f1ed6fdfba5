"""The settings of what looks at votes after they were cast."""

from __future__ import annotations

from arena.config.env import env

COUNTED_VOTES_A_DAY = env.integer("ARENA_COUNTED_VOTES_A_DAY", 50, least=0)
"""Votes of an identity in a UTC day that the ranking counts; further ones are stored. 0: all."""
INTEGRITY_DAYS = env.integer("ARENA_INTEGRITY_DAYS", 7, least=1)
"""The age at which the board is replaced that new votes are held against."""
INTEGRITY_EXCLUDES = env.flag("ARENA_INTEGRITY_EXCLUDES", default=True)
"""Whether votes of a voter who pushes one model are excluded before an operator has looked."""
HOLD_HOURS = env.integer("ARENA_HOLD_HOURS", 24, least=0)
"""While an alarm about a model is open, votes on it wait for an operator, but for those of known
voters: who so long before it had cast ``HOLD_VOTES`` counted votes. 0: all count until then."""
HOLD_VOTES = env.integer("ARENA_HOLD_VOTES", 10, least=1)
"""Counted votes on other models that make a voter known."""
HOLD_DAYS = env.integer("ARENA_HOLD_DAYS", 7, least=0)
"""At this age a vote counts that waited for its new voter alone, decided or not. 0: it never does.
"""
