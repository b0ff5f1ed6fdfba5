"""A proof of work, asked for while a network or the whole site starts more than its free battles.

Each battle within the free ones takes one of them and costs nothing. Beyond them a browser works
for about half a second, and a script for as long, for each battle. A voter who has been known for a
day is not asked: his own budget bounds what he can do.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from arena.gates import proofs
from arena.gates.attempts import BattleAttempt, GateReport, passed, refused
from arena.gates.refusals import ProofNeeded
from arena.gates.states import GateStage
from arena.gates.windows import CountingWindow

STAGES = frozenset({GateStage.ARRIVAL})
KNOWN_AFTER = timedelta(days=1)
_free = CountingWindow("free")


def report(attempt: BattleAttempt) -> GateReport:
    """Pass within the free battles, with a valid proof, and for a voter who has been known."""
    if attempt.known_since and attempt.known_since < timezone.now() - KNOWN_AFTER:
        return passed("known voter")
    if attempt.proof:
        found = proofs.is_valid(attempt.proof)
        return passed("proof") if found else refused("proof", ProofNeeded(retry_after=1))
    wait = _free.hit(settings.PROOF_FREE_NETWORK, "network", attempt.network or "unknown")
    wait = wait or _free.hit(settings.PROOF_FREE_SITE, "site", "site")
    return refused("load", ProofNeeded(retry_after=wait)) if wait else passed("load")
