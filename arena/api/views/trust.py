"""How far votes can be trusted, what voters say of answers, and the data as it was published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from arena.api.answers import Content, respond
from arena.api.views.base import reading
from arena.api.views.questions import TableQuestion
from arena.resources.selectors import trust
from arena.resources.trust_schemas import (
    CorrectnessList,
    CorrectnessSummary,
    ExportList,
    IntegrityEvent,
    IntegrityLedger,
    PublishedExport,
    RecentVoteFacts,
    VoteFact,
)

KEPT_SECONDS = 5.0
"""Answers that are counted from votes are kept a little longer."""


class CaseQuestion(TableQuestion):
    """A page of cases."""

    cursor: str = Field(
        "", pattern=r"^[0-9]{0,18}$", description="The value of `next` on the page before."
    )


@reading("/correctness", CorrectnessList, "Models by correctness", table=True)
def correctness(request: HttpRequest, question: Query[TableQuestion]) -> HttpResponse:
    """Return how often voters judged answers to be right, whatever they preferred."""

    def tell() -> Content:
        rows = trust.correctness_rows()
        return Content(CorrectnessList(models=rows), CorrectnessSummary, rows)

    return respond(request, tell, KEPT_SECONDS)


@reading("/integrity", IntegrityLedger, "Cases of integrity, and decisions", table=True)
def integrity(request: HttpRequest, question: Query[CaseQuestion]) -> HttpResponse:
    """Return what looked wrong among the votes, and what was decided about it. Nobody is named."""

    def tell() -> Content:
        said = trust.integrity_ledger(question.cursor)
        return Content(said, IntegrityEvent, said.events, said.next)

    return respond(request, tell)


@reading("/recent-votes", RecentVoteFacts, "Turns and gates of the newest votes", table=True)
def recent_votes(request: HttpRequest, question: Query[TableQuestion]) -> HttpResponse:
    """Return for the newest 10,000 votes how many turns they had, and what the gates found."""

    def tell() -> Content:
        said = trust.recent_votes()
        return Content(said, VoteFact, said.facts)

    return respond(request, tell, KEPT_SECONDS)


@reading("/exports", ExportList, "Published exports", table=True)
def published_exports(request: HttpRequest, question: Query[TableQuestion]) -> HttpResponse:
    """Return the exports that the arena has published and still keeps."""

    def tell() -> Content:
        rows = trust.published_exports()
        return Content(ExportList(exports=rows), PublishedExport, rows)

    return respond(request, tell)
