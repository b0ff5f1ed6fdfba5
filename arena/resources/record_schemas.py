"""The fields of snapshots, models and pairs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from arena.catalog.states import CardState, ChangeActor, ChangeReason
from arena.rating.fit import RatingState
from arena.resources.schemas import LeaderboardRow
from arena.resources.trust_schemas import CorrectnessSummary, ReasonRow


class SnapshotSummary(BaseModel):
    """A dated, immutable leaderboard."""

    etag: str = Field(description="SHA-256 of the snapshot's bytes, and its address.")
    board: str
    generated_at: datetime
    leaderboard_publish_date: date
    ledger_number: int = Field(description="The last ledger entry of the snapshot.")
    ledger_hash: str = Field(
        description="The hash of this entry, which covers all entries before it."
    )
    method: str
    method_version: int
    code_version: str
    kept: bool = Field(
        description="True if the rows are stored; else they are computed again from the ledger."
    )


class SnapshotList(BaseModel):
    """Snapshots of one board, the newest first."""

    board: str
    snapshots: list[SnapshotSummary]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class SnapshotRow(BaseModel):
    """A model in a snapshot, as in the bytes of the snapshot."""

    model: str = Field(description="Key of the model, with `@` and a number for a version.")
    state: RatingState
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None
    rank: int | None
    rank_lower: int | None
    rank_upper: int | None
    tier: int | None
    votes: int
    wins: int
    win_rate: float | None


class SnapshotBody(BaseModel):
    """A snapshot: canonical JSON of the facts that determine it, and of the results.

    The SHA-256 of the body is its address, so anyone can check that it was not changed.
    """

    board: str
    ledger_number: int
    ledger_hash: str
    method: str
    parameters: dict[str, Any]
    filter: dict[str, Any]
    seed: int
    details: dict[str, Any]
    rows: list[dict[str, Any]] = Field(description="The rows as `arena.rating` returns them.")


class RatingChange(BaseModel):
    """A model in two snapshots of a board."""

    model_name: str
    version: int | None
    change: Literal["moved", "arrived", "left", "same"]
    rank_before: int | None
    rank: int | None
    places: int | None = Field(description="Number of places up; negative for down.")
    rating_before: float | None
    rating: float | None
    votes_before: int
    vote_count: int


class ChangeList(BaseModel):
    """Changes from a snapshot of a board to a later one, the largest moves first."""

    board: str
    before: SnapshotSummary | None = Field(description="Null if there is no earlier snapshot.")
    after: SnapshotSummary | None
    votes: int = Field(description="Number of votes between the two.")
    changes: list[RatingChange]


class ModelSummary(BaseModel):
    """A model that is or was drawn."""

    model_name: str
    display_name: str
    organization: str
    license: str
    license_permissive: bool
    parameters: int | None
    status: str
    versions: int = Field(description="Versions that can or could answer.")


class PublicModelList(BaseModel):
    """The public models, by key."""

    models: list[ModelSummary]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class VersionSummary(BaseModel):
    """An immutable way in which a model answers."""

    version: int
    source: str = Field(description="Id on the Hub; empty for anything else.")
    revision: str
    created_at: datetime
    health: str = Field(description="`well`, or `out` while it is kept out of the draw.")


class OpponentSummary(BaseModel):
    """The votes on a model and one other, over all versions."""

    opponent: str
    battles: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float


class RatingAt(BaseModel):
    """The model's rating on the overall board in one snapshot."""

    generated_at: datetime
    ledger_number: int
    rating: float
    rating_lower: float
    rating_upper: float


class MeanAnswerStyle(BaseModel):
    """Means over the model's newest answers in battles that got a vote."""

    answers: int = Field(description="Number of answers that were counted.")
    tokens: float | None
    length: float | None = Field(description="Words and signs.")
    headers: float | None
    lists: float | None = Field(description="List entries.")
    bold: float | None
    median_output_tokens_per_second: float | None
    median_time_to_first_token_seconds: float | None


class ModelScore(BaseModel):
    """A score of an outside evaluator, from 0 to 100."""

    benchmark: str
    score: float
    standard_error: float | None
    judge: str
    partial: bool = Field(description="True if fewer items were answered than the benchmark has.")
    tool: str
    source: str
    measured_at: str


class ModelAnswer(BaseModel):
    """The public data of a model."""

    model_name: str
    display_name: str
    organization: str
    license: str
    license_permissive: bool
    parameters: int | None
    status: str
    description: str
    limits: str = Field(description="What it cannot see, in the words of the operators.")
    accuracy: dict[str, Any] = Field(description="Measured accuracy by task, in percent.")
    versions: list[VersionSummary]
    standings: list[LeaderboardRow] = Field(description="A row for each board and version.")
    history: list[RatingAt]
    opponents: list[OpponentSummary]
    style: MeanAnswerStyle
    correctness: CorrectnessSummary | None = Field(description="Null before the first judgement.")
    reasons: list[ReasonRow] = Field(description="What voters gave for and against its answers.")
    benchmarks: list[ModelScore]
    tuned_from: str = Field(description="Key of the model that it was tuned from; empty for none.")
    tuned_from_version: int | None
    tuned_models: list[str] = Field(description="Keys of the models that were tuned from it.")


class PairRow(BaseModel):
    """Two models, or versions, that met on a board; a is the first by name."""

    model_a: str
    version_a: int | None
    model_b: str
    version_b: int | None
    battles: int
    wins_a: int
    wins_b: int
    ties: int
    both_bad: int
    win_rate: float = Field(description="Win rate of a; ties of both kinds count as half a win.")
    expected_win_rate: float | None = Field(
        description="Expected win rate of a, from the two ratings; null if one has none."
    )


class PairMatrix(BaseModel):
    """Results of each pair on a board."""

    board: str
    etag: str = Field(description="The snapshot from which the ratings are.")
    ledger_number: int = Field(description="The ledger entry up to which battles are counted.")
    pairs: list[PairRow]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class HeadToHead(BaseModel):
    """Two models of a board side by side."""

    board: str
    etag: str = Field(description="The snapshot from which the ratings are.")
    generated_at: datetime | None
    a: LeaderboardRow
    b: LeaderboardRow
    record: PairRow | None = Field(description="Null if the two never met.")
    expected_win_rate: float | None = Field(
        description="Expected win rate of a in the next battle."
    )
    probability_above: float | None = Field(
        description="Probability that a's strength is above b's, from the covariance of the fit; "
        "null if one has no rating."
    )


class StateChange(BaseModel):
    """A public change of a model: of its state, or of the version that answers."""

    model_name: str
    version: int | None = Field(description="The version that the change is about.")
    replaced: int | None = Field(description="The version that answered before, if it changed.")
    before: str = Field(json_schema_extra={"enum": list(CardState.values)})
    after: str = Field(json_schema_extra={"enum": list(CardState.values)})
    reason: str = Field(json_schema_extra={"enum": list(ChangeReason.values)})
    words: str = Field(description="The operator's own words.")
    actor: str = Field(json_schema_extra={"enum": list(ChangeActor.values)})
    changed_at: datetime


class StateChangeList(BaseModel):
    """Changes of public models, the newest first. None is ever changed or removed."""

    changes: list[StateChange]
    next: str = Field(description="Cursor of the next page; empty on the last.")
