"""The age of the voter's account, where the operator lets only votes of older accounts count.

Nobody is refused: the battle begins and the vote is stored, outside the counts until an operator
restores it.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from arena.gates.attempts import BattleAttempt, GateReport, passed
from arena.gates.states import GateStage, GateVerdict

STAGES = frozenset({GateStage.ARRIVAL})


def report(attempt: BattleAttempt) -> GateReport:
    """Fail, without a refusal, for who has no account or a younger one; unknown where the arena
    offers none."""
    if not settings.ACCOUNT_HOURS:
        return passed("not asked")
    if not settings.VOTER_ACCOUNTS:
        return GateReport(GateVerdict.UNKNOWN, "no accounts here")
    if attempt.account_since is None:
        return GateReport(GateVerdict.FAIL, "no account")
    age = timezone.now() - attempt.account_since
    if age < timedelta(hours=settings.ACCOUNT_HOURS):
        return GateReport(GateVerdict.FAIL, "young account")
    return passed("account")
