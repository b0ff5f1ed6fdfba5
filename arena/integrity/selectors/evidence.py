"""The evidence of a case as an operator sees it: a curve, facts, and the affected votes."""

from __future__ import annotations

from dataclasses import dataclass

from arena.battles.models import Vote
from arena.integrity.models import Case, CaseDecision

SHOWN_VOTES = 100
_HEIGHT, _WIDTH = 60.0, 100.0
_ROOM = 1.08
"""The plot is so much higher than what is drawn in it."""


@dataclass(frozen=True, slots=True)
class EvidencePlot:
    """A curve of evidence in the units of an SVG that is 100 wide and 60 high.

    ``points`` is the curve and ``level`` the height of the line above which it is a finding;
    ``bets`` and ``highest`` are the ends of the axes, the latter as a power of ten.
    """

    points: str
    level: float
    bets: int
    highest: float
    threshold: float


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """The content of a case's page, beside the ranking without its votes."""

    case: Case
    plot: EvidencePlot | None
    decisions: list[CaseDecision]
    votes: list[Vote]
    more: int
    """Votes that are not listed."""
    waiting: int
    """Votes that wait while the case is open."""
    carrying: int
    """Those among them that carry its evidence."""


def case_record(case: Case) -> CaseRecord:
    """Return the record of a case, with the newest of its votes."""
    rows = Vote.objects.filter(pk__in=case.case_votes.values("vote")).order_by("-pk")
    votes = list(
        rows.select_related("battle", "voter", "version_a__card", "version_b__card")[:SHOWN_VOTES]
    )
    more = int(case.evidence.get("votes", len(votes))) - len(votes)
    held = case.held_votes.filter(lapsed=False)
    waiting = held.count(), held.filter(carries=True).count()
    decisions = list(case.decisions.all())
    return CaseRecord(case, evidence_plot(case), decisions, votes, max(more, 0), *waiting)


def evidence_plot(case: Case) -> EvidencePlot | None:
    """Return the plot of a case about bets; None of one that counts a pattern."""
    curve = case.evidence.get("curve")
    if not curve:
        return None
    level = float(case.evidence["level"])
    wealth = [float(one) for _, one in curve]
    low, high = min(0.0, *wealth), max(level, *wealth) * _ROOM
    last = max(int(curve[-1][0]), 2)

    def up(value: float) -> float:
        return round(_HEIGHT * (1.0 - (value - low) / (high - low)), 2)

    points = " ".join(
        f"{round(_WIDTH * (bet - 1) / (last - 1), 2)},{up(value)}"
        for (bet, _), value in zip(curve, wealth, strict=True)
    )
    return EvidencePlot(points, up(level), last, max(wealth) / _LN_10, level / _LN_10)


_LN_10 = 2.302585092994046
