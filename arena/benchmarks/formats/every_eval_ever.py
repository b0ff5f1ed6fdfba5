"""Records of Every Eval Ever (schema 0.2 and 0.3): one model, its results with their metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arena.benchmarks.results import (
    BenchmarkResult,
    NamedModel,
    ResultFile,
    UnreadableResults,
    counted,
    finite_number,
    mapping_of,
    text_of,
)

TITLE = "Every Eval Ever"
FILES = "*.json"
SCHEMA_VERSION = "0.3.0"
SCORE = "score"
"""Metric of a result that names none of its own."""


def read(document: Mapping[str, Any]) -> ResultFile:
    """Read one record. Raises UnreadableResults where it has no model or no results."""
    about = mapping_of(document.get("model_info"))
    name = text_of(about.get("id")) or text_of(about.get("name"))
    entries = document.get("evaluation_results")
    if not name or not isinstance(entries, list) or not entries:
        raise UnreadableResults('it has no "model_info" and "evaluation_results" of a record.')
    results: list[BenchmarkResult] = []
    problems: list[str] = []
    for number, entry in enumerate(entries):
        result = _result(name, mapping_of(entry))
        if result is None:
            problems.append(f"result {number}: no name or no finite score")
        else:
            results.append(result)
    library = mapping_of(document.get("eval_library"))
    kept = ("schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata")
    return ResultFile(
        tool=text_of(library.get("name")) or TITLE,
        version=text_of(library.get("version")),
        measured_at=text_of(
            document.get("evaluation_timestamp") or document.get("retrieved_timestamp")
        ),
        models=(NamedModel(name, about),),
        results=tuple(results),
        problems=tuple(problems),
        facts={key: document[key] for key in kept if key in document},
    )


def write(file: ResultFile) -> dict[str, Any]:
    """Write one model's record in the shape that `read` takes."""
    model = file.models[0]
    entries: list[dict[str, Any]] = []
    for result in file.results:
        if "entry" in result.details:
            entries.append(dict(result.details["entry"]))
        else:
            score: dict[str, Any] = {"score": result.value}
            uncertainty: dict[str, Any] = {}
            if result.standard_error is not None:
                uncertainty["standard_error"] = {"value": result.standard_error}
            if result.items is not None:
                uncertainty["num_samples"] = result.items
            if uncertainty:
                score["uncertainty"] = uncertainty
            entries.append(
                {
                    "evaluation_name": result.dataset,
                    "source_data": {"dataset_name": result.dataset, "source_type": "other"},
                    "metric_config": {"metric_name": result.metric, "lower_is_better": False},
                    "score_details": score,
                }
            )
    return {
        "schema_version": SCHEMA_VERSION,
        **file.facts,
        "evaluation_timestamp": file.measured_at,
        "eval_library": {"name": file.tool, "version": file.version or "unknown"},
        "model_info": dict(model.facts) or {"id": model.name, "name": model.name},
        "evaluation_results": entries,
    }


def _result(model: str, entry: Mapping[str, Any]) -> BenchmarkResult | None:
    details = mapping_of(entry.get("score_details"))
    config = mapping_of(entry.get("metric_config"))
    uncertainty = mapping_of(details.get("uncertainty"))
    value = finite_number(details.get("score"))
    dataset = text_of(entry.get("evaluation_name"))
    if value is None or not dataset:
        return None
    judges = mapping_of(config.get("llm_scoring")).get("judges")
    first = mapping_of(judges[0]) if isinstance(judges, list) and judges else {}
    judge = mapping_of(first.get("model_info"))
    return BenchmarkResult(
        model,
        dataset,
        text_of(config.get("metric_name") or config.get("metric_id")) or SCORE,
        value,
        finite_number(mapping_of(uncertainty.get("standard_error")).get("value")),
        items=counted(uncertainty.get("num_samples")),
        judge=text_of(judge.get("id")) or text_of(judge.get("name")),
        details={"entry": dict(entry)},
    )
