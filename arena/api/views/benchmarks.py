"""Scores of outside evaluators: as they were measured, as a table, and beside the votes."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from arena.api.answers import Content, respond
from arena.api.views.base import reading
from arena.api.views.questions import SLUG_OR_NONE, WORDS, PageQuestion, TableQuestion
from arena.benchmarks.catalogue import benchmarks
from arena.leaderboard.selectors.benchmarks import AVERAGE, ORDERS, ScoreView
from arena.resources.benchmark_schemas import (
    AgreementList,
    AgreementRow,
    BenchmarkTable,
    BenchmarkTableRow,
)
from arena.resources.selectors import benchmarks as tables
from arena.resources.selectors import scores
from arena.resources.vote_schemas import ScoreList, ScoreRow

AGREEMENT_SECONDS = 5.0
"""Answers that compare every board with every benchmark are kept a little longer."""
_KEY = "|".join(benchmarks())


class ScoreQuestion(PageQuestion):
    """A page of scores."""

    model: str = Field("", pattern=SLUG_OR_NONE, description="Key of a model's card.")


@reading("/benchmarks", ScoreList, "Scores of outside evaluators", table=True)
def benchmark_scores(request: HttpRequest, question: Query[ScoreQuestion]) -> HttpResponse:
    """Return each score as the tool measured it, on the scale of the tool."""

    def tell() -> Content:
        said = scores.score_list(model=question.model, after=question.place, limit=question.limit)
        return Content(said, ScoreRow, said.scores, said.next)

    return respond(request, tell)


class BenchmarkTableQuestion(PageQuestion):
    """The models and the benchmarks of the table."""

    q: str = Field(
        "", max_length=100, pattern=WORDS, description="Words in name, key or organisation."
    )
    size: Literal["", "<4B", "4-10B", "10-20B", "20-40B", ">40B", "unknown"] = Field(
        "", description="Class of size, by the number of weights."
    )
    weights: Literal["", "open", "closed"] = ""
    license: str = Field("", max_length=100, pattern=WORDS)
    benchmarks: str = Field(
        "",
        max_length=500,
        pattern=f"^(({_KEY})(,({_KEY}))*)?$",
        description="Keys of the benchmarks that make the average, divided by commas; without it, "
        "those that the page opens with.",
    )
    sort: str = Field(
        AVERAGE,
        pattern=f"^-?({'|'.join(ORDERS)}|{_KEY})$",
        description="The best first, or the smallest, or by name; with a minus from the largest "
        "value down, which is the same for scores and averages.",
    )

    def view(self) -> ScoreView:
        """Return the question in the words of the page."""
        words = {name: getattr(self, name) for name in ("q", "size", "weights", "sort")}
        return ScoreView.of({**words, "licence": self.license}, self.benchmarks.split(","))


@reading("/benchmark-table", BenchmarkTable, "Models by benchmarks, with averages", table=True)
def benchmark_table(request: HttpRequest, question: Query[BenchmarkTableQuestion]) -> HttpResponse:
    """Return models with their scores in percent, and the average of the chosen benchmarks.

    Of several scores of one benchmark the one that was imported last stands.
    """

    def tell() -> Content:
        said = tables.benchmark_table(question.view(), skip=question.place, limit=question.limit)
        return Content(said, BenchmarkTableRow, said.models, said.next)

    return respond(request, tell)


class AgreementQuestion(TableQuestion):
    """The boards to compare with."""

    board: str = Field("", pattern=SLUG_OR_NONE, description="Slug of a board; all without it.")


@reading(
    "/benchmark-agreement", AgreementList, "Benchmarks by their agreement with votes", table=True
)
def benchmark_agreement(request: HttpRequest, question: Query[AgreementQuestion]) -> HttpResponse:
    """Return the rank correlation of each benchmark with each board's ratings, with its interval.

    The interval is a percentile bootstrap over the models, in which each rating is also drawn from
    its own interval.
    """

    def tell() -> Content:
        said = tables.agreement_list(question.board)
        return Content(said, AgreementRow, said.agreements)

    return respond(request, tell, AGREEMENT_SECONDS)
