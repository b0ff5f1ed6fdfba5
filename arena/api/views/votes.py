"""Votes, draws and methods: what ratings rest on."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query

from arena.api.answers import Content, respond
from arena.api.views.base import reading
from arena.api.views.questions import PageQuestion, TableQuestion
from arena.boards.selectors import pairing_policy
from arena.rating.methods import available_methods
from arena.resources.schemas import DrawPolicy, MethodList, MethodSummary
from arena.resources.selectors import votes as vote_selectors
from arena.resources.vote_schemas import DrawPlanAnswer, PlannedPair, ReasonTally, VoteCounts

COUNTS_SECONDS = 1.0
"""Counting decisions takes longer than reading a snapshot."""


@reading("/votes", VoteCounts, "Votes cast and counted", table=True)
def vote_counts(request: HttpRequest, question: Query[TableQuestion]) -> HttpResponse:
    """Return how many votes count, and how many do not, by reason. No vote is named."""

    def count() -> Content:
        said = vote_selectors.vote_counts()
        return Content(said, ReasonTally, said.tallies)

    return respond(request, count, COUNTS_SECONDS)


@reading("/draw-policy", DrawPolicy, "How pairs are drawn")
def draw_policy(request: HttpRequest) -> HttpResponse:
    """The policy in force, and how far the probabilities of the pairs lie apart."""

    def tell() -> Content:
        policy = asdict(pairing_policy())
        return Content(DrawPolicy(**{**policy, "words": str(policy["words"])}))

    return respond(request, tell)


@reading("/draw-plan", DrawPlanAnswer, "The draw plan in force", table=True)
def draw_plan(request: HttpRequest, question: Query[PageQuestion]) -> HttpResponse:
    """Return each pair with its probability, the likeliest first. No battle is revealed."""

    def tell() -> Content:
        said = vote_selectors.draw_plan(skip=question.place, limit=question.limit)
        return Content(said, PlannedPair, said.pairs, said.next)

    return respond(request, tell)


@reading("/methods", MethodList, "Rating methods")
def methods(request: HttpRequest) -> HttpResponse:
    """Return every rating method in words, with its options and their defaults."""
    listed = [MethodSummary.of(name, gettext) for name in available_methods()]
    return respond(request, lambda: Content(MethodList(methods=listed)))
