"""Scores of outside evaluators, and the arena's own ratings in the shapes of others."""

from __future__ import annotations

from typing import Any

from arena.benchmarks.formats.every_eval_ever import SCHEMA_VERSION
from arena.benchmarks.models import BenchmarkScore
from arena.rating.intervals import Z95
from arena.resources.schemas import LeaderboardAnswer, LeaderboardRow
from arena.resources.vote_schemas import ScoreList, ScoreRow

LIBRARY = "vision-arena"


def score_list(*, model: str, after: int, limit: int) -> ScoreList:
    """Return a page of the scores behind the one with key ``after``, of one model if named."""
    rows = BenchmarkScore.objects.select_related("source", "model__card").filter(pk__gt=after)
    rows = rows.filter(model__card__slug=model) if model else rows
    found = list(rows.order_by("pk")[: limit + 1])
    more = str(found[limit - 1].pk) if len(found) > limit else ""
    return ScoreList(
        scores=[
            ScoreRow(
                model_name=row.model.card.slug if row.model.card else "",
                evaluated_as=row.model.name,
                benchmark=row.dataset,
                metric=row.metric,
                value=row.value,
                standard_error=row.standard_error,
                items=row.items,
                items_of=row.items_of,
                judge=row.judge,
                tool=row.source.tool,
                tool_version=row.source.tool_version,
                source=row.source.source,
                measured_at=row.source.measured_at,
                imported_at=row.source.imported_at,
            )
            for row in found[:limit]
        ],
        next=more,
    )


def arena_catalog(answer: LeaderboardAnswer) -> dict[str, Any]:
    """Return a board as consumers of arena-catalog read it: ratings by category and model."""
    return {
        answer.board: {
            _name(row): {
                "rating": row.rating,
                "rating_q025": row.rating_lower,
                "rating_q975": row.rating_upper,
            }
            for row in answer.rows
            if row.rating is not None
        }
    }


def evaluation_records(answer: LeaderboardAnswer, address: str) -> list[dict[str, Any]]:
    """Return a record of Every Eval Ever per rated model; ``address`` is the board's own."""
    moment = answer.generated_at
    if moment is None:
        return []
    records: list[dict[str, Any]] = []
    for row in answer.rows:
        if row.rating is not None:
            stamp, name = f"{moment.timestamp():.0f}", _name(row)
            method = answer.method
            version = method.code_version if method else "unknown"
            records.append(
                {
                    "schema_version": SCHEMA_VERSION,
                    "evaluation_id": f"vision-arena-{answer.board}/{name}/{stamp}",
                    "evaluation_timestamp": moment.isoformat(),
                    "retrieved_timestamp": stamp,
                    "source_metadata": {
                        "source_name": "Vision Arena",
                        "source_type": "evaluation_run",
                        "source_organization_name": "Vision Arena",
                        "source_organization_url": address,
                        "evaluator_relationship": "third_party",
                    },
                    "eval_library": {"name": LIBRARY, "version": version},
                    "model_info": {
                        "id": name,
                        "name": row.display_name,
                        "developer": row.organization or "unknown",
                        "additional_details": {
                            "deployment_type": "unknown",
                            "model_availability": "unknown",
                            "license": row.license,
                        },
                    },
                    "evaluation_results": [_result(answer, row, address)],
                }
            )
    return records


def _result(answer: LeaderboardAnswer, row: LeaderboardRow, address: str) -> dict[str, Any]:
    width = (row.rating_upper or 0.0) - (row.rating_lower or 0.0)
    method = answer.method.name if answer.method else ""
    return {
        "evaluation_result_id": f"{answer.etag}/{_name(row)}",
        "evaluation_name": f"vision-arena-{answer.board}",
        "source_data": {
            "dataset_name": f"vision-arena-{answer.board}",
            "source_type": "url",
            "url": [address],
        },
        "metric_config": {
            "metric_id": f"arena.{method}",
            "metric_name": method,
            "metric_kind": "elo",
            "metric_unit": "points",
            "evaluation_description": "Strength from anonymous pairwise votes by people.",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": "-Infinity",
            "max_score": "Infinity",
        },
        "score_details": {
            "score": row.rating,
            "details": {"rank": str(row.rank), "ledger_number": str(answer.ledger_number)},
            "uncertainty": {
                "standard_error": {"value": round(width / (2 * Z95), 6), "method": "analytic"},
                "confidence_interval": {
                    "lower": row.rating_lower,
                    "upper": row.rating_upper,
                    "confidence_level": 0.95,
                    "method": row.interval,
                },
                "num_samples": row.vote_count,
            },
        },
    }


def _name(row: LeaderboardRow) -> str:
    return row.model_name if row.version is None else f"{row.model_name}@{row.version}"
