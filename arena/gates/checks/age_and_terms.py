"""The visitor's word on age and terms, asked for once where the operator's settings say so."""

from __future__ import annotations

from arena.gates.attempts import BattleAttempt, GateReport, passed, refused
from arena.gates.refusals import NotConfirmed
from arena.gates.states import GateStage
from arena.voters.selectors import age_and_terms

STAGES = frozenset({GateStage.ARRIVAL})


def report(attempt: BattleAttempt) -> GateReport:
    """Pass what was confirmed, with this battle or an earlier one."""
    if not age_and_terms().wording:
        return passed("not asked")
    return passed("confirmed") if attempt.confirmed else refused("not confirmed", NotConfirmed())
