"""What version 1 says, field by field. Fields are added, never renamed or taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field


class Method(Schema):
    """How the ratings were computed: enough to compute them again from the ledger."""

    name: str
    parameters: dict[str, Any]
    seed: int


class Row(Schema):
    """One model. Without a rating, `state` says why: `too_few_votes` or `not_connected`."""

    model_name: str = Field(description="Stable key, as in addresses and exports.")
    display_name: str
    organization: str
    license: str
    status: Literal["draft", "active", "retired"]
    state: Literal["rated", "too_few_votes", "not_connected"]
    rating: float | None
    rating_lower: float | None = Field(description="Lower end of the 95% interval.")
    rating_upper: float | None = Field(description="Upper end of the 95% interval.")
    rank: int | None = Field(description="1 is best; equals share a rank.")
    rank_lower: int | None = Field(description="Best rank that the intervals leave open.")
    rank_upper: int | None = Field(description="Worst rank that the intervals leave open.")
    vote_count: int
    win_rate: float | None = Field(description="Ties of both kinds count as half a win.")
    tier: int | None = Field(description="No model is confirmed above another of its tier.")
    interval: Literal["", "votes", "voters", "style", "pooled"] = Field(
        description="What the interval rests on: single votes as if independent, whole voters, "
        "votes at equal style, or a category's votes together with all others."
    )
    borrowed: float | None = Field(
        description="The share of a pooled rating that comes from the other votes."
    )


class Leaderboard(Schema):
    """A board: rated models best first, then those without a rating."""

    board: str
    filter: dict[str, Any] = Field(
        description="Which votes count: category, language, since (the first day), "
        "without_presets; by_voter chooses none. Empty: every vote."
    )
    method: Method | None = Field(description="Null before the first vote.")
    generated_at: datetime | None
    ledger_number: int = Field(description="The last ledger entry that went in.")
    ledger_hash: str = Field(description="That entry's hash; it covers all before it.")
    etag: str = Field(description="SHA-256 of the snapshot's own bytes; empty before the first.")
    details: dict[str, Any] = Field(description="What the method found beside the rows.")
    rows: list[Row]


class Board(Schema):
    """A board that can be asked for by its slug."""

    board: str
    name: str
    filter: dict[str, Any]
    method: str | None = Field(description="Null before its first vote, as what follows.")
    generated_at: datetime | None
    ledger_number: int
    etag: str


class Boards(Schema):
    """The overall board first, then the others in the operators' order."""

    boards: list[Board]


class DrawPolicy(Schema):
    """How pairs are drawn now. The probability of a drawn pair is stored with its battle."""

    strategy: Literal["uniform", "fewest_votes", "a_optimal"]
    words: str
    floor: float = Field(description="The share of the draw that is uniform.")
    models: int
    pairs: int
    even: float | None = Field(description="Every pair's probability if all were alike.")
    lowest: float | None
    median: float | None
    highest: float | None
    as_of: datetime | None


class Problem(Schema):
    """What went wrong."""

    code: str
    message: str


class Refusal(Schema):
    """The body of every answer that is no success."""

    error: Problem
