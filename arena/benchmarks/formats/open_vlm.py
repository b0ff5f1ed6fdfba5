"""The JSON file of the Open VLM Leaderboard: models, each with its scores by data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

TITLE = "Open VLM Leaderboard"
FILES = "*.json"
META = "META"
_BLANK = ("", "-", "N/A", None)


def read(document: Mapping[str, Any]) -> ResultFile:
    """Read the whole board. Raises UnreadableResults where it has no models with scores."""
    entries = mapping_of(document.get("results"))
    if not entries:
        raise UnreadableResults('it has no object "results" with models in it.')
    models: list[NamedModel] = []
    results: list[BenchmarkResult] = []
    problems: list[str] = []
    for name, entry in entries.items():
        if not text_of(name) or META not in mapping_of(entry):
            problems.append(f"{str(name)[:80]!r}: no name of a model with an object {META!r}")
            continue
        models.append(NamedModel(name, mapping_of(entry[META])))
        for found in _scores(name, entry):
            if isinstance(found, str):
                problems.append(found)
            else:
                results.append(found)
    if not results:
        raise UnreadableResults("no model in it has a score.")
    return ResultFile(
        tool=TITLE,
        measured_at=text_of(document.get("time")),
        models=tuple(models),
        results=tuple(results),
        problems=tuple(problems),
    )


def write(file: ResultFile) -> dict[str, Any]:
    """Write models and scores in the shape that `read` takes."""
    entries: dict[str, dict[str, Any]] = {
        model.name: {META: dict(model.facts)} for model in file.models
    }
    for result in file.results:
        scores = entries[result.model].setdefault(result.dataset, {})
        scores[result.metric] = result.value
    return {"time": file.measured_at, "results": entries}


def _scores(model: str, entry: Mapping[str, Any]) -> Iterator[BenchmarkResult | str]:
    for dataset, metrics in entry.items():
        if dataset == META:
            continue
        for metric, value in mapping_of(metrics).items():
            number = finite_number(value)
            if number is not None and text_of(dataset) and text_of(metric):
                yield BenchmarkResult(model, dataset, metric, number)
            elif value not in _BLANK:
                place = f"{model}, {str(dataset)[:80]}, {str(metric)[:80]}"
                yield f"{place}: {str(value)[:40]!r} is no number"
        if not isinstance(metrics, dict) and metrics not in _BLANK:
            yield f"{model}, {str(dataset)[:80]}: no object of scores"
