"""Reading reasons and judgements: of one vote, of many, and added up by model."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django_stubs_ext import StrPromise

from arena.feedback.models import CorrectnessMark, VoteReason
from arena.feedback.states import IN_FAVOUR, AnswerReason, Correctness
from arena.ledger.models import LedgerEntry
from arena.ledger.states import EntryKind
from inference_worker.wire.messages import SIDES

Z95 = 1.959964


@dataclass(slots=True)
class SideFeedback:
    """The feedback of a voter on one side's answer."""

    reasons: list[str] = field(default_factory=list)
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """The number of votes that name a reason about a model's answers."""

    reason: AnswerReason
    words: StrPromise | str
    votes: int
    in_favour: bool


@dataclass(frozen=True, slots=True)
class CorrectnessScore:
    """The judgements on a model's answers. ``share`` counts a partly right answer as half.

    ``share`` and its interval are None where nobody could tell.
    """

    card: int
    right: int
    partly: int
    wrong: int
    unknown: int

    @property
    def judged(self) -> int:
        """Return how many judgements say something."""
        return self.right + self.partly + self.wrong

    @property
    def share(self) -> float | None:
        """Return the share of right answers."""
        return (self.right + self.partly / 2) / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95% interval of the share (Wilson, 1927)."""
        if self.share is None:
            return None
        n, share, square = self.judged, self.share, Z95**2
        middle = (share + square / (2 * n)) / (1 + square / n)
        half = Z95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
        return max(0.0, middle - half), min(1.0, middle + half)


def feedback_on(votes: Sequence[int]) -> dict[int, dict[str, SideFeedback]]:
    """Return by vote and side what was said; votes and sides without a word are left out.

    Votes are asked for by the range of their numbers, which a page of an export nearly fills.
    """
    span = Q(vote__gte=min(votes), vote__lte=max(votes)) if votes else Q(pk__in=[])
    said: dict[int, dict[str, SideFeedback]] = defaultdict(lambda: defaultdict(SideFeedback))
    reasons = VoteReason.objects.filter(span).order_by("reason")
    for vote, side, reason in reasons.values_list("vote", "side", "reason"):
        said[vote][side].reasons.append(reason)
    marks = CorrectnessMark.objects.filter(span)
    for vote, side, mark in marks.values_list("vote", "side", "mark"):
        said[vote][side].mark = mark
    return said


def feedback_columns(votes: Sequence[int]) -> dict[int, tuple[str | None, ...]]:
    """Return by vote the reasons about both sides, then both judgements, as an export has them;
    votes without a word are left out."""
    rows = {}
    for vote, by_side in feedback_on(votes).items():
        sides = [by_side.get(side, SideFeedback()) for side in SIDES]
        reasons = [" ".join(one.reasons) or None for one in sides]
        rows[vote] = (*reasons, *(one.mark or None for one in sides))
    return rows


def reasons_about(card: int) -> list[ReasonCount]:
    """Return the reasons that votes name about a model's answers, the most frequent first."""
    rows = _counting(VoteReason.objects.filter(_about([card])))
    counts = dict(rows.filter(card=card).values_list("reason").annotate(Count("pk")).order_by())
    found = [
        ReasonCount(reason, reason.label, counts[reason], reason in IN_FAVOUR)
        for reason in AnswerReason
        if reason in counts
    ]
    return sorted(found, key=lambda one: -one.votes)


def correctness_scores(cards: Sequence[int] | None = None) -> list[CorrectnessScore]:
    """Return how voters judged the answers of these models, or of all, the best share first."""
    marks = CorrectnessMark.objects.filter(_about(cards) if cards is not None else Q())
    rows = _counting(marks).values_list("card", "mark").annotate(Count("pk")).order_by()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for card, mark, votes in rows:
        if cards is None or card in cards:
            counts[card][mark] += votes
    scores = [
        CorrectnessScore(card, *(found[mark] for mark in Correctness))
        for card, found in counts.items()
    ]
    return sorted(scores, key=lambda one: -1.0 if one.share is None else one.share, reverse=True)


def _about(cards: Sequence[int]) -> Q:
    a, b = (
        Q(side="a", vote__version_a__card__in=cards),
        Q(side="b", vote__version_b__card__in=cards),
    )
    return a | b


def _counting(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows of public votes that nobody has taken out, with the ``card`` that each is
    about."""
    rows = rows.filter(vote__unlisted=False)
    later = LedgerEntry.objects.filter(vote=OuterRef("vote")).exclude(kind=EntryKind.VOTE)
    about: QuerySet[Any] = rows.annotate(
        last=Subquery(later.order_by("-number").values("kind")[:1]),
        card=Case(
            When(side="a", then=F("vote__version_a__card")), default=F("vote__version_b__card")
        ),
    )
    return about.filter(Q(last=None) | ~Q(last=EntryKind.EXCLUSION))
