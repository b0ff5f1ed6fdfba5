"""The fields of boards, draws and methods. Fields are added, never renamed or removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from arena.catalog.states import CardState
from arena.matchmaking import Strategy
from arena.rating.fit import IntervalBasis, RatingState
from arena.rating.methods import available_methods, load_method, pooling_of
from arena.resources.trust_schemas import FirstPlaceNote


class MethodInForce(BaseModel):
    """The method and parameters of the ratings, enough to compute them again from the ledger."""

    name: str = Field(description="Key of the method, explained by `/methods`.")
    version: int = Field(description="The version of the method's computation.")
    parameters: dict[str, Any]
    seed: int
    code_version: str = Field(description="The release of the arena that computed it.")


class LeaderboardRow(BaseModel):
    """A model. Without a rating, `state` says why: `too_few_votes` or `not_connected`."""

    model_name: str = Field(description="Stable key, as in addresses and exports.")
    display_name: str
    organization: str
    license: str
    status: str = Field(json_schema_extra={"enum": list(CardState.values)})
    state: RatingState
    rating: float | None
    rating_lower: float | None = Field(description="Lower end of the 95% interval.")
    rating_upper: float | None = Field(description="Upper end of the 95% interval.")
    rank: int | None = Field(description="1 is best; equal models share a rank.")
    rank_lower: int | None = Field(description="Best rank that the votes leave open.")
    rank_upper: int | None = Field(description="Worst rank that the votes leave open.")
    vote_count: int
    win_rate: float | None = Field(description="Ties of both kinds count as half a win.")
    tier: int | None = Field(description="No model is confirmed above another of its tier.")
    interval: Literal["", IntervalBasis] = Field(
        description="What the interval rests on: single votes as if independent, whole voters, "
        "votes at equal style, or a category's votes together with all others."
    )
    borrowed: float | None = Field(
        description="The share of a pooled rating that comes from the other votes."
    )
    version: int | None = Field(
        description="Number of the model's version on a board that rates versions, else null."
    )
    parameters: int | None = Field(description="Number of weights of the model, if it is known.")
    license_permissive: bool = Field(
        description="Whether the licence is one that allows any use, by its SPDX name."
    )
    variance: float | None = Field(
        description="Variance, in squared points, of a normal error with this interval."
    )
    p_first: float | None = Field(
        description="Probability that the model has the highest strength of all rated models, "
        "from their joint covariance; null for snapshots older than this figure."
    )
    under_review: bool = Field(
        description="True while an alarm about votes on the model waits for a decision."
    )
    category: str = Field(description="Slug of the board.")
    leaderboard_publish_date: date | None = Field(description="UTC day of the snapshot.")


class LeaderboardAnswer(BaseModel):
    """A board: rated models best first, then those without a rating."""

    board: str
    filter: dict[str, Any] = Field(
        description="The votes that count: category, language, since (the first day), "
        "without_presets, source, group; by_voter does not select votes. Empty means every vote "
        "cast here."
    )
    method: MethodInForce | None = Field(description="Null before the first vote.")
    generated_at: datetime | None
    ledger_number: int = Field(description="The last ledger entry of the snapshot.")
    ledger_hash: str = Field(
        description="The hash of this entry, which covers all entries before it."
    )
    etag: str = Field(
        description="SHA-256 of the snapshot's bytes; empty before the first snapshot."
    )
    first_place: FirstPlaceNote | None = Field(
        description="On how many votes the first place depends; null if it is not known."
    )
    details: dict[str, Any] = Field(description="Further results of the method.")
    rows: list[LeaderboardRow]
    next: str = Field(description="Cursor of the next page; empty on the last.")


class BoardSummary(BaseModel):
    """A board that the arena offers."""

    board: str
    name: str
    state: Literal["ranked", "no_votes"] = Field(
        description="Whether it has a snapshot; before its first vote it has none."
    )
    filter: dict[str, Any]
    method: str | None = Field(
        description="Null before its first vote, as are the following fields."
    )
    generated_at: datetime | None
    ledger_number: int
    etag: str


class BoardList(BaseModel):
    """The overall board first, then the others in the operators' order."""

    boards: list[BoardSummary]


class DrawPolicy(BaseModel):
    """The way in which pairs are drawn now; each battle stores the probability of its pair."""

    strategy: Strategy
    words: str
    floor: float = Field(description="The share of the draw that is uniform.")
    models: int
    pairs: int
    even: float | None = Field(description="Probability of a pair if all pairs were equal.")
    lowest: float | None
    median: float | None
    highest: float | None
    as_of: datetime | None


class OptionSummary(BaseModel):
    """A parameter of a method that a board may set."""

    name: str
    default: str | int | float | None = Field(description="Null: estimated from the votes.")
    choices: list[str] = Field(description="The words that it accepts; empty for a number.")
    summary: str


def _add_methods(schema: dict[str, Any], model: type[MethodSummary]) -> None:
    """Let the OpenAPI document say of each method what the method says of itself."""
    schema["examples"] = [model.of(name).model_dump(mode="json") for name in available_methods()]


class MethodSummary(BaseModel):
    """A rating method, in words."""

    model_config = ConfigDict(json_schema_extra=_add_methods)

    name: str = Field(
        json_schema_extra={"enum": list(available_methods())},
        description="Key of the method, as boards and snapshots have it.",
    )
    title: str
    summary: str
    ties: str = Field(description="How the method treats ties.")
    interval: IntervalBasis = Field(
        description="What its intervals rest on if votes are not grouped by voter."
    )
    version: int = Field(description="The newest version of the method's computation.")
    pooled: bool = Field(
        description="True if a part of the votes can use the others as prior knowledge."
    )
    options: list[OptionSummary]

    @classmethod
    def of(cls, name: str, translate: Callable[[str], str] = str) -> Self:
        """Return what a method says of itself, in English unless ``translate`` says otherwise."""
        method = load_method(name)
        told = method.DESCRIPTION
        return cls(
            name=name,
            title=translate(told.title),
            summary=translate(told.summary),
            ties=translate(told.ties),
            interval=told.interval,
            version=method.VERSION,
            pooled=pooling_of(name) is not None,
            options=[
                OptionSummary(
                    name=option.name,
                    default=option.default,
                    choices=list(option.choices),
                    summary=translate(option.summary),
                )
                for option in told.options
            ],
        )


class MethodList(BaseModel):
    """The methods that a board may have, by name."""

    methods: list[MethodSummary]


class RefusalReason(BaseModel):
    """The code and the message of a refusal."""

    code: str
    message: str


class Problem(BaseModel):
    """The body of every answer that reports a failure (RFC 9457)."""

    type: str = Field(description="Address of the explanation of the code.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable key of the reason, listed by `/problems`.")
    error: RefusalReason = Field(
        description="The same in the form of release 0.1.0, which is kept."
    )


class ProblemCode(BaseModel):
    """A reason for which an answer can be refused."""

    code: str
    status: int
    meaning: str


class ProblemList(BaseModel):
    """The codes of refusals of this API."""

    problems: list[ProblemCode]
