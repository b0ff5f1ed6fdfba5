"""The fields of votes, draws and scores."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class ReasonTally(BaseModel):
    """Number of votes that count, wait or do not count, for one reason."""

    reason: str = Field(description="`counted`, `waiting`, or why a vote does not count.")
    votes: int


class VoteCounts(BaseModel):
    """Numbers of votes that were cast, that count, and that do not count, by reason."""

    cast: int = Field(description="Votes of visitors and imported ones, in the ledger or not.")
    counted: int
    imported: int = Field(description="Those of the cast votes that are from other arenas.")
    waiting: int = Field(description="Votes that were cast and are not yet in the ledger.")
    ledger_number: int
    ledger_hash: str
    tallies: list[ReasonTally] = Field(description="The parts of `cast`.")


class PlannedPair(BaseModel):
    """The probability that a new battle is between these two."""

    model_a: str
    model_b: str
    probability: float


class DrawPlanAnswer(BaseModel):
    """The plan in force, from which each battle's pair is drawn.

    The draw leaves out pairs with models that cannot answer now; the others keep their proportion.
    """

    strategy: str
    as_of: datetime | None
    basis: str = Field(description="SHA-256 of ledger, policy and weights.")
    pairs: list[PlannedPair]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class ScoreRow(BaseModel):
    """A number that an outside tool measured, on the scale of the tool."""

    model_name: str = Field(
        description="Key of the model's card; empty for a model without a card."
    )
    evaluated_as: str = Field(description="The name in the tool's file.")
    benchmark: str = Field(description="The data set as the tool calls it.")
    metric: str
    value: float
    standard_error: float | None
    items: int | None
    items_of: int | None
    judge: str
    tool: str
    tool_version: str
    source: str
    measured_at: str
    imported_at: datetime


class ScoreList(BaseModel):
    """Scores of outside evaluators."""

    scores: list[ScoreRow]
    next: str = Field(description="Cursor of the next page; empty on the last.")
