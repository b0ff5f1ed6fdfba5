"""The fields that say how far votes can be trusted, and what voters say of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from arena.feedback.states import AnswerReason
from arena.integrity.states import CaseAction, CaseKind, CaseStatus

FactName = Literal["turns", "gate_passed", "gate_failed", "gate_unknown"]


class FirstPlaceNote(BaseModel):
    """The smallest number of votes found whose removal puts another model first."""

    leader: str
    rival: str
    votes: int = Field(description="An upper bound: fewer votes may be enough.")
    share: float = Field(description="The part of the board's votes that this is.")


class CorrectnessSummary(BaseModel):
    """The judgements of voters on a model's answers, whatever they preferred."""

    model_name: str
    right: int
    partly: int
    wrong: int
    unknown: int = Field(description="Judgements of voters who could not tell.")
    share: float | None = Field(
        description="Share of right answers; a partly right one counts as half. Null if nobody "
        "could tell."
    )
    share_lower: float | None = Field(description="Lower end of the 95% interval.")
    share_upper: float | None = Field(description="Upper end of the 95% interval.")


class CorrectnessList(BaseModel):
    """Models by correctness, the best share first. No rating is computed from it."""

    models: list[CorrectnessSummary]


class ReasonRow(BaseModel):
    """A reason that voters gave for or against the answers of a model."""

    reason: str = Field(json_schema_extra={"enum": list(AnswerReason.values)})
    in_favour: bool
    votes: int


class IntegrityEvent(BaseModel):
    """The opening of a case, or a decision on it. It names no voter and no operator."""

    case: int
    kind: str = Field(json_schema_extra={"enum": list(CaseKind.values)})
    status: str = Field(
        json_schema_extra={"enum": list(CaseStatus.values)}, description="Of the case, now."
    )
    model_name: str = Field(description="Empty if the case is about no model.")
    direction: Literal["up", "down", ""] = Field(description="The way in which votes push it.")
    event: str = Field(json_schema_extra={"enum": ["opened", *CaseAction.values]})
    votes: int = Field(description="The votes that were found, or those that were moved.")
    by: Literal["arena", "operator"]
    words: str = Field(description="The operator's own words.")
    at: datetime


class IntegrityLedger(BaseModel):
    """Cases with their decisions, the newest case first."""

    events: list[IntegrityEvent]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class VoteFact(BaseModel):
    """The number of the newest votes that have a property."""

    fact: FactName
    name: str = Field(description="The number of turns, or the name of the gate.")
    votes: int


class RecentVoteFacts(BaseModel):
    """Turns of the newest votes, and what the gates found before their battles."""

    votes: int = Field(description="Number of votes that were looked at.")
    facts: list[VoteFact]


class PublishedExport(BaseModel):
    """An export of the data that anyone can read."""

    name: str
    address: str = Field(description="Of its folder; empty if the operator has not said it.")
    published_at: datetime
    ledger_number: int = Field(description="The last ledger entry that it holds.")
    ledger_hash: str
    votes: int
    battles: int = Field(description="Battles with content, whose voters agreed.")
    withdrawn: int = Field(description="Battles of earlier exports that it lists as withdrawn.")
    files: int
    size: int = Field(description="Bytes of all files.")


class ExportList(BaseModel):
    """The exports that are kept, the newest first."""

    exports: list[PublishedExport]
