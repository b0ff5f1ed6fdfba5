"""The `arena.json` of a shipped model: its accuracy on the arena's own exam, by task."""

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

TITLE = "Arena exam"
FILES = "arena.json"
TASK_METRIC, MEAN_METRIC, EXAM = "accuracy", "mean accuracy", "exam"


def read(document: Mapping[str, Any]) -> ResultFile:
    """Read one model's entry. Raises UnreadableResults where it has no accuracy by task."""
    model, accuracy = text_of(document.get("slug")), mapping_of(document.get("accuracy"))
    known = {task: finite_number(value) for task, value in accuracy.items() if text_of(task)}
    values = {task: value for task, value in known.items() if value is not None}
    if not model or not values:
        raise UnreadableResults('it has no "slug" with "accuracy" by task, as shipped models have.')
    results = [BenchmarkResult(model, task, TASK_METRIC, value) for task, value in values.items()]
    mean = sum(values.values()) / len(values)
    if len(values) == len(accuracy):
        results.append(BenchmarkResult(model, EXAM, MEAN_METRIC, mean))
    return ResultFile(
        tool=TITLE,
        version=text_of(document.get("revision")),
        models=(NamedModel(model),),
        results=tuple(results),
        problems=tuple(f"{task}: no number" for task in accuracy if task not in values),
    )


def write(file: ResultFile) -> dict[str, Any]:
    """Write one model's accuracy in the shape that `read` takes."""
    accuracy = {one.dataset: one.value for one in file.results if one.metric == TASK_METRIC}
    return {"slug": file.models[0].name, "revision": file.version, "accuracy": accuracy}
