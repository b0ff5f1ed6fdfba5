"""The policy of moderation: what follows from each category."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from arena.core.errors import Unavailable
from arena.gates.attempts import GateReport
from arena.gates.judgements import Judgement, ModeratedContent
from arena.gates.moderators import judgements
from arena.gates.refusals import NotAllowed
from arena.gates.states import GateVerdict, ModerationAction

UNKNOWN = "unknown"
"""The name in the policy under which stands what follows where nothing was found out."""
OTHERS = "*"


def report_on(*contents: ModeratedContent) -> GateReport | None:
    """Return what follows from the judgements of all moderators; None where there are none."""
    said = judgements(*contents)
    return report_of(said) if said else None


def report_of(said: Mapping[str, Judgement]) -> GateReport:
    """Return the report on judgements by moderator: one that failed decides over all that passed,
    and so does one that found nothing out."""
    categories = {name for one in said.values() for name in one.categories}
    actions = {action_on(name) for name in categories}
    silent = [name for name, one in said.items() if one.verdict == GateVerdict.UNKNOWN]
    if silent:
        actions.add(action_on(UNKNOWN))
    failed = any(one.verdict == GateVerdict.FAIL for one in said.values())
    verdict = GateVerdict.FAIL if failed else GateVerdict.UNKNOWN if silent else GateVerdict.PASS
    names = ",".join(sorted(name for name, one in said.items() if one.verdict == verdict))
    about = f" ({', '.join(sorted(categories))})" if verdict == GateVerdict.FAIL else ""
    source = f"{names}{about}"[:100]
    if verdict == GateVerdict.PASS or actions == {ModerationAction.IGNORE}:
        return GateReport(verdict, source)
    action = max(actions, key=list(ModerationAction).index)
    if action == ModerationAction.BLOCK:
        blocked = any(action_on(name) == action for name in categories)
        return GateReport(verdict, source, NotAllowed() if blocked else Unavailable())
    return GateReport(verdict, source, withheld=True, asks=action == ModerationAction.ASK)


def action_on(category: str) -> ModerationAction:
    """Return what the policy says of a category, else what it says of all others. Nothing unknown
    is ignored: that would publish it."""
    policy: Mapping[str, str] = settings.MODERATION_POLICY
    action = ModerationAction(policy.get(category, policy[OTHERS]))
    if category == UNKNOWN and action == ModerationAction.IGNORE:
        return ModerationAction.BLIND
    return action
