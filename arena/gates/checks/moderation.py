"""Moderators judge the prompt and the picture, before a model sees them.

The policy says for each category what follows: the battle is refused, is kept from publication, or
is kept from it and shown to a moderator. What no moderator could find out has a policy, too, and is
never published.
"""

from __future__ import annotations

from arena.gates.attempts import BattleAttempt, GateReport, passed
from arena.gates.judgements import content_of
from arena.gates.policies import report_on
from arena.gates.states import GateStage

STAGES = frozenset({GateStage.FOLLOW_UP, GateStage.CONTENT})


def report(attempt: BattleAttempt) -> GateReport:
    """Ask all moderators that are configured, at once."""
    first, *further = attempt.pictures or (None,)
    contents = [content_of(attempt.prompt, first), *(content_of("", one) for one in further)]
    return report_on(*contents) or passed("no moderator")
