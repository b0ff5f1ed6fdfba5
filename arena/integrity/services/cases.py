"""Store what an examination finds: a new case, or more evidence of one that is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from arena.integrity.models import Case, CaseDecision, CaseVote
from arena.integrity.states import CaseKind, CaseStatus, PushDirection

LOCK = "arena.integrity.cases"
"""Name of the database lock under which findings are stored and decided."""
BATCH = 5_000
"""Rows that one statement stores."""


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A finding in the words of the database: keys of votes, card and voter."""

    kind: CaseKind
    votes: list[int]
    last_vote: int
    carriers: list[int] = field(default_factory=list)
    """Those of the votes without which the rest could be honest; empty where all carry the
    evidence."""
    card: int | None = None
    direction: PushDirection = PushDirection.NONE
    voter: UUID | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def store_case(finding: CaseFinding) -> tuple[Case, bool]:
    """Return the case of a finding, and whether it is new.

    A finding on what a standing case is about adds to that one: an open one, or one of a voter
    whose votes stand excluded. To be called under the lock of examinations.
    """
    same = _same_cases(finding)
    standing = [CaseStatus.OPEN] + [CaseStatus.EXCLUDED] * (finding.voter is not None)
    case = same.filter(status__in=standing).order_by("-pk").first()
    is_new = case is None
    if case is None:
        case = Case(
            kind=finding.kind,
            card_id=finding.card,
            direction=finding.direction,
            voter_id=finding.voter,
        )
    case.last_vote = finding.last_vote
    case.save()
    _store_votes(case, finding)
    about = CaseVote.objects.filter(case=case)
    counts = about.aggregate(votes=Count("pk"), identities=Count("vote__voter", distinct=True))
    case.evidence = {**finding.evidence, **counts}
    case.save(update_fields=["evidence"])
    return case, is_new


def is_decided_since(finding: CaseFinding, decision: int) -> bool:
    """Return whether a case on the same was decided after this decision."""
    later = CaseDecision.objects.filter(pk__gt=decision, case__in=_same_cases(finding))
    return later.exists()


def _same_cases(finding: CaseFinding) -> QuerySet[Case]:
    return Case.objects.filter(
        kind=finding.kind, card=finding.card, direction=finding.direction, voter=finding.voter
    )


def _store_votes(case: Case, finding: CaseFinding) -> None:
    """Add the votes of a finding; one that carried the evidence before carries it on."""
    carriers = set(finding.carriers or finding.votes)
    carrying = (CaseVote(case=case, vote_id=vote, carries=True) for vote in sorted(carriers))
    CaseVote.objects.bulk_create(
        carrying,
        update_conflicts=True,
        update_fields=["carries"],
        unique_fields=["case", "vote"],
        batch_size=BATCH,
    )
    others = (CaseVote(case=case, vote_id=vote) for vote in finding.votes if vote not in carriers)
    CaseVote.objects.bulk_create(others, ignore_conflicts=True, batch_size=BATCH)
