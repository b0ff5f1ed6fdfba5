"""The `status.json` of VLMEvalKit: one model, its metrics by data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arena.benchmarks.results import (
    BenchmarkResult,
    NamedModel,
    ResultFile,
    UnreadableResults,
    finite_number,
    mapping_of,
    text_of,
)

TITLE = "VLMEvalKit"
FILES = "status.json"
_RUN_FACTS = ("schema_version", "eval_id", "argv", "api_mode", "mode", "reuse", "world_size")


def read(document: Mapping[str, Any]) -> ResultFile:
    """Read one run. Raises UnreadableResults where it names no model or no data set.

    Predictions lie beside this file as pickles and tables; none of them is opened.
    """
    model = text_of(document.get("model_name"))
    datasets = mapping_of(document.get("datasets"))
    if not model or not datasets:
        raise UnreadableResults('it has no "model_name" and "datasets" of a VLMEvalKit run.')
    results: list[BenchmarkResult] = []
    problems: list[str] = []
    for dataset, entry in datasets.items():
        found = mapping_of(entry)
        metrics = mapping_of(found.get("metrics"))
        if not metrics:
            why = text_of(found.get("error_message"), 500) or text_of(found.get("skip_reason"), 500)
            problems.append(f"{dataset}: {why or text_of(found.get('status')) or 'no metrics'}")
        for metric, value in metrics.items():
            number = finite_number(value)
            if number is None:
                problems.append(f"{dataset}, {metric}: {str(value)[:40]!r} is no number")
                continue
            judge = text_of(found.get("judge_model"))
            details = {"primary_metric": text_of(found.get("primary_metric"))}
            results.append(
                BenchmarkResult(model, dataset, metric, number, judge=judge, details=details)
            )
    return ResultFile(
        tool=TITLE,
        version=text_of(document.get("commit")),
        measured_at=text_of(document.get("updated_at") or document.get("created_at")),
        models=(NamedModel(model),),
        results=tuple(results),
        problems=tuple(problems),
        facts={name: document[name] for name in _RUN_FACTS if name in document},
    )


def write(file: ResultFile) -> dict[str, Any]:
    """Write one model's run in the shape that `read` takes."""
    datasets: dict[str, dict[str, Any]] = {}
    for result in file.results:
        entry = datasets.setdefault(
            result.dataset,
            {"status": "done", "judge_model": result.judge, **result.details, "metrics": {}},
        )
        entry["metrics"][result.metric] = result.value
    return {
        **file.facts,
        "model_name": file.models[0].name,
        "commit": file.version,
        "updated_at": file.measured_at,
        "datasets": datasets,
    }
