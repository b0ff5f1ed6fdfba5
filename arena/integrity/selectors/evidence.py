"""The evidence of a case as an operator sees it: a curve, facts, and the affected votes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.integrity.models import Case, CaseDecision, CaseVote
from arena.integrity.states import MOVES, CaseAction

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
    votes: list[CaseVote]
    """Some of them: those that carry the evidence first, then the newest."""
    every: int
    """The number of all votes of the case."""
    carrying: int
    """Those among them that carry its evidence."""
    excluded: int
    """Those among them that stand excluded by this case."""
    waiting: int
    """Votes that wait while the case is open; not all of them need be votes of the case."""

    @property
    def more(self) -> int:
        """Return the number of votes that are not listed."""
        return self.every - len(self.votes)

    @property
    def splits(self) -> bool:
        """Return whether some votes carry the evidence and others don't."""
        return 0 < self.carrying < self.every


def case_record(case: Case) -> CaseRecord:
    """Return the record of a case, with some of its votes."""
    rows = case.case_votes.order_by("-carries", "-vote")
    models = ("vote__battle", "vote__version_a__card", "vote__version_b__card")
    counts = rows.aggregate(
        every=Count("pk"),
        carrying=Count("pk", filter=Q(carries=True)),
        excluded=Count("pk", filter=Q(excluded=True)),
    )
    return CaseRecord(
        case=case,
        plot=evidence_plot(case),
        decisions=list(case.decisions.all()),
        votes=list(rows.select_related(*models)[:SHOWN_VOTES]),
        waiting=case.held_votes.filter(lapsed=False).count(),
        **counts,
    )


def decision_words(record: CaseRecord) -> dict[CaseAction, str]:
    """Return the words on the button of each decision that may follow now, with the number of votes
    that it is about. Where all votes carry the evidence, there is one way to exclude them."""
    carriers = ngettext(
        "Exclude the %(n)d vote that carries the evidence",
        "Exclude the %(n)d votes that carry the evidence",
        record.carrying,
    )
    every = ngettext("Exclude %(n)d vote", "Exclude all %(n)d votes", record.every)
    words = {
        CaseAction.CARRIERS: carriers % {"n": record.carrying},
        CaseAction.EXCLUDE: every % {"n": record.every},
        CaseAction.DISMISS: _("Dismiss: the votes count"),
        CaseAction.REOPEN: _("Open again: the votes count"),
    }
    if not record.splits:
        del words[CaseAction.CARRIERS]
    return {act: said for act, said in words.items() if record.case.status in MOVES[act][0]}


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
