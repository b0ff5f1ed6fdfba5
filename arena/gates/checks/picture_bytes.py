"""The bytes of pictures that an identity, a network and the whole site may store."""

from __future__ import annotations

from django.conf import settings

from arena.core.errors import TooMany
from arena.gates.attempts import BattleAttempt, GateReport, passed, refused
from arena.gates.refusals import NoRoom
from arena.gates.states import GateStage
from arena.gates.windows import CountingWindow

STAGES = frozenset({GateStage.BUDGETS, GateStage.QUESTION, GateStage.FOLLOW_UP})
_bytes = CountingWindow("bytes")


def report(attempt: BattleAttempt) -> GateReport:
    """Take the pictures' bytes out of each budget; without a picture only ask for what is left."""
    budgets = (
        ("voter", attempt.voter, settings.BYTES_VOTER),
        ("network", attempt.network, settings.BYTES_NETWORK),
        ("site", "site", settings.BYTES_SITE),
    )
    for scope, identity, budget in budgets:
        if not identity:
            continue
        size = sum(len(picture.data) for picture in attempt.pictures)
        asked = (budget, scope, identity)
        wait = _bytes.hit(*asked, cost=size) if size else _bytes.test(*asked)
        if wait:
            full = scope == "site"
            refusal = NoRoom("bytes", retry_after=wait) if full else TooMany(retry_after=wait)
            return refused("budget", refusal)
    return passed("budget")
