"""Writing battles. Each service is one transaction; together they are the only writers of state.

Lock order: the battle's row first, then its generations. What must reach Redis leaves on commit.
"""

from __future__ import annotations

from arena.orchestration.services.collecting import collect_pictures
from arena.orchestration.services.ending import NotRetryable, end_battle, retry_battle, stop_side
from arena.orchestration.services.moderating import (
    close_reviews,
    decide_review,
    judge_answers,
    mark_of_review,
    report_answer,
)
from arena.orchestration.services.outcomes import finish_generation, settle_battle
from arena.orchestration.services.reaping import expire_battles, reap
from arena.orchestration.services.showing import discard_prepared, show_prepared
from arena.orchestration.services.starting import BattleInput, ask_by_name, start_battle
from arena.orchestration.services.turns import add_turn, edit_turn, take_back_turn
from arena.orchestration.services.voting import NotVotable, UnknownChoice, cast_vote

__all__ = [
    "BattleInput",
    "NotRetryable",
    "NotVotable",
    "UnknownChoice",
    "add_turn",
    "ask_by_name",
    "cast_vote",
    "close_reviews",
    "collect_pictures",
    "decide_review",
    "discard_prepared",
    "edit_turn",
    "end_battle",
    "expire_battles",
    "finish_generation",
    "judge_answers",
    "mark_of_review",
    "reap",
    "report_answer",
    "retry_battle",
    "settle_battle",
    "show_prepared",
    "start_battle",
    "stop_side",
    "take_back_turn",
]
