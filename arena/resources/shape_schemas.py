"""The shapes in which other sites' programs read a leaderboard."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class CatalogRating(BaseModel):
    """A model's rating as arena-catalog has it, with the ends of its 95% interval."""

    rating: float
    rating_q025: float | None
    rating_q975: float | None


class EvaluationRecord(BaseModel):
    """A model's rating as a record of Every Eval Ever."""

    schema_version: str
    evaluation_id: str
    evaluation_timestamp: str
    retrieved_timestamp: str = Field(description="Seconds since 1970.")
    source_metadata: dict[str, Any]
    eval_library: dict[str, Any]
    model_info: dict[str, Any]
    evaluation_results: list[dict[str, Any]]
