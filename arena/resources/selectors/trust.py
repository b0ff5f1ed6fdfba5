"""How far votes can be trusted: cases, gates and turns; and what voters say of answers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count

from arena.battles.models import GateResult, Vote
from arena.boards.models import Snapshot
from arena.catalog.models import ModelCard
from arena.datasets.models import Publication
from arena.datasets.states import PublicationState
from arena.feedback.selectors import CorrectnessScore, reasons_about
from arena.gates.states import GateVerdict
from arena.integrity.selectors.public import integrity_page
from arena.integrity.states import PushDirection
from arena.leaderboard.selectors.correctness import correctness_page
from arena.rating.recipes import FIRST_PLACE
from arena.resources.trust_schemas import (
    CorrectnessSummary,
    FactName,
    FirstPlaceNote,
    IntegrityEvent,
    IntegrityLedger,
    PublishedExport,
    ReasonRow,
    RecentVoteFacts,
    VoteFact,
)

NEWEST_VOTES = 10_000
_VERDICTS: dict[str, FactName] = {
    GateVerdict.PASS.value: "gate_passed",
    GateVerdict.FAIL.value: "gate_failed",
    GateVerdict.UNKNOWN.value: "gate_unknown",
}
_DIRECTIONS = {PushDirection.UP.value: "up", PushDirection.DOWN.value: "down"}


def correctness_rows() -> list[CorrectnessSummary]:
    """Return every public model with a judgement, the best share first. Two queries."""
    return [correctness_row(row.card.slug, row.score) for row in correctness_page().rows]


def correctness_row(model_name: str, score: CorrectnessScore) -> CorrectnessSummary:
    """Return the judgements of one model."""
    low, high = score.interval or (None, None)
    return CorrectnessSummary(
        model_name=model_name,
        right=score.right,
        partly=score.partly,
        wrong=score.wrong,
        unknown=score.unknown,
        share=_rounded(score.share),
        share_lower=_rounded(low),
        share_upper=_rounded(high),
    )


def reason_rows(card: ModelCard) -> list[ReasonRow]:
    """Return the reasons about one model, the most frequent first."""
    return [
        ReasonRow(reason=one.reason, in_favour=one.in_favour, votes=one.votes)
        for one in reasons_about(card.pk)
    ]


def integrity_ledger(before: str) -> IntegrityLedger:
    """Return a page of cases with their decisions, as the page of integrity shows them."""
    page = integrity_page(before)
    events = []
    for case in page.cases:
        shared: dict[str, Any] = {
            "case": case.pk,
            "kind": case.kind,
            "status": case.status,
            "model_name": case.card.slug if case.card else "",
            "direction": _DIRECTIONS.get(case.direction, ""),
        }
        found = case.evidence.get("votes", 0)
        events.append(
            IntegrityEvent(
                **shared, event="opened", votes=found, by="arena", words="", at=case.opened_at
            )
        )
        for one in case.decisions.all():
            by = "operator" if one.by else "arena"
            shared |= {"event": one.action, "votes": one.votes, "by": by}
            events.append(IntegrityEvent(**shared, words=one.words, at=one.created_at))
    return IntegrityLedger(events=events, next=str(page.older or ""))


def recent_votes() -> RecentVoteFacts:
    """Return turns and gates of the newest votes. A battle without a vote is not among them."""
    newest = Vote.objects.order_by("-pk").values_list("pk", flat=True)[:NEWEST_VOTES]
    first = min(newest, default=0)
    votes = Vote.objects.filter(pk__gte=first, unlisted=False).order_by()
    turns = dict(votes.values_list("turns").annotate(Count("pk")))
    results = GateResult.objects.filter(
        battle__vote__pk__gte=first, battle__unlisted=False
    ).order_by()
    gates = results.values_list("verdict", "gate").annotate(Count("pk"))
    facts = [VoteFact(fact="turns", name=str(n), votes=turns[n]) for n in sorted(turns)]
    found = sorted((_VERDICTS[verdict], gate, count) for verdict, gate, count in gates)
    facts += [VoteFact(fact=fact, name=gate, votes=count) for fact, gate, count in found]
    return RecentVoteFacts(votes=sum(turns.values()), facts=facts)


def published_exports() -> list[PublishedExport]:
    """Return the publications that are kept, the newest first."""
    base: str = settings.PUBLICATION_ADDRESS.rstrip("/")
    names = ("name", "published_at", "ledger_number", "ledger_hash", "votes", "battles")
    fields = (*names, "withdrawn", "files", "size")
    rows = Publication.objects.filter(state=PublicationState.PUBLISHED).values(*fields)
    return [
        PublishedExport(**row, address=f"{base}/{row['name']}/" if base else "") for row in rows
    ]


def first_place_of(snapshot: Snapshot | None) -> FirstPlaceNote | None:
    """Return on how many votes the first place of a snapshot depends; None where none is known."""
    found = (snapshot.details if snapshot else {}).get(FIRST_PLACE)
    return FirstPlaceNote(**found) if found else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)
