"""Writing battles. Each service is one transaction; together they are the only writers of state.

Lock order: the battle's row first, then its generations. What must reach Redis leaves on commit.
"""

from __future__ import annotations

from arena.battles.services.collecting import collect_pictures
from arena.battles.services.ending import NotRetryable, end_battle, retry_battle
from arena.battles.services.outcomes import finish_generation
from arena.battles.services.reaping import expire_battles, reap
from arena.battles.services.starting import Question, start_battle
from arena.battles.services.voting import NotVotable, UnknownChoice, cast_vote

__all__ = [
    "NotRetryable",
    "NotVotable",
    "Question",
    "UnknownChoice",
    "cast_vote",
    "collect_pictures",
    "end_battle",
    "expire_battles",
    "finish_generation",
    "reap",
    "retry_battle",
    "start_battle",
]
