"""The models: a list, one in full, and the changes of their states."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from arena.api.answers import Content, respond
from arena.api.views.base import reading
from arena.api.views.questions import (
    MOST_ROWS,
    SLUG_OR_NONE,
    ModelName,
    TableQuestion,
)
from arena.resources.record_schemas import (
    ModelAnswer,
    ModelSummary,
    PublicModelList,
    StateChange,
    StateChangeList,
)
from arena.resources.selectors import models as model_selectors

SLOW_SECONDS = 5.0
"""Answers that read battles are kept a little longer."""


class ModelListQuestion(TableQuestion):
    """A page of models by key."""

    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Number of rows of a page.")
    cursor: str = Field(
        "", pattern=SLUG_OR_NONE, description="The value of `next` on the page before."
    )


@reading("/models", PublicModelList, "Every public model", table=True)
def model_list(request: HttpRequest, question: Query[ModelListQuestion]) -> HttpResponse:
    """Return active and retired models by key. A model that was never drawn is not listed."""

    def tell() -> Content:
        said = model_selectors.model_list(after=question.cursor, limit=question.limit)
        return Content(said, ModelSummary, said.models, said.next)

    return respond(request, tell)


@reading("/models/{model_name}", ModelAnswer, "One model in full")
def model(request: HttpRequest, model_name: ModelName) -> HttpResponse:
    """Card, versions, standing on each board, history, opponents, style and speed, scores.

    Style and speed are computed only from battles with a vote.
    """
    return respond(request, lambda: Content(model_selectors.model_answer(model_name)), SLOW_SECONDS)


class ChangeListQuestion(TableQuestion):
    """A page of changes."""

    model: str = Field(
        "", pattern=SLUG_OR_NONE, description="Key of a model; without it, changes of all models."
    )
    cursor: str = Field(
        "", pattern=r"^[0-9]{0,18}$", description="The value of `next` on the page before."
    )


@reading("/state-changes", StateChangeList, "Changes of models, with reasons", table=True)
def state_changes(request: HttpRequest, question: Query[ChangeListQuestion]) -> HttpResponse:
    """Return activations, pauses, retirements, new versions, and models out of the draw."""

    def tell() -> Content:
        said = model_selectors.state_changes(model=question.model, before=question.cursor)
        return Content(said, StateChange, said.changes, said.next)

    return respond(request, tell)
