"""The public side of integrity: cases and decisions without names, and what is under review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from arena.integrity.models import Case
from arena.integrity.states import ALARMS, CaseStatus

PAGE = 50
"""Cases on one page."""
_WAITS = Q(held_votes__lapsed=False)
WAITING = {"waiting": _WAITS, "carrying": _WAITS & Q(held_votes__carries=True)}
"""The votes of a case that wait, and those among them that carry its evidence."""


@dataclass(frozen=True, slots=True)
class IntegrityPage:
    """Cases with their decisions, the newest first; no identity and no account is among them."""

    cases: Sequence[Case]
    older: int | None
    """The key before which the next page begins; None where nothing is older."""
    open: int


def integrity_page(before: str = "") -> IntegrityPage:
    """Return the cases before this key; one that is no key is left aside.

    Each has ``waiting``: how many votes wait for it, and ``carrying``: how many of these carry its
    evidence, so that they wait until it is decided.
    """
    rows = Case.objects.select_related("card").prefetch_related("decisions")
    counts = {name: Count("held_votes", filter=which) for name, which in WAITING.items()}
    rows = rows.annotate(**counts).order_by("-pk")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.defer("voter")[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    return IntegrityPage(found[:PAGE], older, Case.objects.filter(status=CaseStatus.OPEN).count())


@dataclass(frozen=True, slots=True)
class UndecidedCases:
    """The numbers of cases that wait for a decision, and of votes that wait with them."""

    cases: int
    votes: int
    carrying: int
    """Those of the votes that carry evidence and so do not count before a decision."""


def undecided_cases() -> UndecidedCases:
    """Return what waits for a decision now; a vote that waits for two cases is counted once."""
    count = {
        name: Count("held_votes__vote", filter=which, distinct=True)
        for name, which in WAITING.items()
    }
    found = Case.objects.filter(status=CaseStatus.OPEN)
    sums = found.aggregate(cases=Count("pk", distinct=True), **count)
    return UndecidedCases(sums["cases"], sums["waiting"], sums["carrying"])


def models_under_review() -> frozenset[str]:
    """Return the slugs of the models on which an alarm is open."""
    rows = Case.objects.filter(status=CaseStatus.OPEN, kind__in=ALARMS, card__isnull=False)
    return frozenset(rows.values_list("card__slug", flat=True))
