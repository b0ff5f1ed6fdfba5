"""The battles that may be started from a network, whoever asks from it."""

from __future__ import annotations

from django.conf import settings

from arena.core.errors import TooMany
from arena.gates.attempts import BattleAttempt, GateReport, passed, refused
from arena.gates.states import GateStage
from arena.gates.windows import CountingWindow

STAGES = frozenset({GateStage.BUDGETS})
_battles = CountingWindow("battle")


def report(attempt: BattleAttempt) -> GateReport:
    """Count the attempt; it fails where the budget is used up."""
    identity = attempt.network
    wait = identity and _battles.hit(settings.RATE_BATTLES_NETWORK, "network", identity)
    return refused("budget", TooMany(retry_after=wait)) if wait else passed("budget")
