"""The `…_results.json` of lmms-eval: one model, its metrics by task."""

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

TITLE = "lmms-eval"
FILES = "*results.json"
_ERROR = "_stderr"
_NO_METRICS = ("alias", " ", "samples", "submission")


def read(document: Mapping[str, Any]) -> ResultFile:
    """Read one run. Raises UnreadableResults where it has no results or names no model.

    A metric's key is `name,filter`; its standard error stands under `name_stderr,filter`.
    """
    tasks = mapping_of(document.get("results"))
    # The model that the endpoint was asked for, where `model_args` say so, else the named one.
    arguments = mapping_of(document.get("config")).get("model_args")
    pairs = (part.partition("=") for part in str(arguments or "").split(","))
    asked = next((value for name, _, value in pairs if name.strip() == "model"), "")
    model = text_of(asked) or text_of(document.get("model_name"))
    if not tasks or not model:
        raise UnreadableResults('it has no "results" with a model\'s name, as lmms-eval writes.')
    results: list[BenchmarkResult] = []
    problems: list[str] = []
    for task, metrics in tasks.items():
        samples = mapping_of(mapping_of(document.get("n-samples")).get(task))
        for key, value in mapping_of(metrics).items():
            name, _, filtered = str(key).partition(",")
            if name in _NO_METRICS or _ERROR in name:
                continue
            number = finite_number(value)
            if number is None:
                problems.append(f"{task}, {key}: {str(value)[:40]!r} is no number")
                continue
            error = finite_number(metrics.get(f"{name}{_ERROR},{filtered}"))
            items, items_of = counted(samples.get("effective")), counted(samples.get("original"))
            results.append(BenchmarkResult(model, task, key, number, error, items, items_of))
    return ResultFile(
        tool=TITLE,
        version=text_of(document.get("lmms_eval_version")),
        measured_at=str(document.get("date", "")),
        models=(NamedModel(model),),
        results=tuple(results),
        problems=tuple(problems),
        facts={"config": mapping_of(document.get("config"))},
    )


def write(file: ResultFile) -> dict[str, Any]:
    """Write one model's run in the shape that `read` takes."""
    tasks: dict[str, dict[str, Any]] = {}
    samples: dict[str, dict[str, int]] = {}
    for result in file.results:
        name, _, filtered = result.metric.partition(",")
        metrics = tasks.setdefault(result.dataset, {"alias": result.dataset})
        metrics[result.metric] = result.value
        if result.standard_error is not None:
            metrics[f"{name}{_ERROR},{filtered}"] = result.standard_error
        if result.items is not None and result.items_of is not None:
            counts = {"effective": result.items, "original": result.items_of}
            samples[result.dataset] = counts
    return {
        **file.facts,
        "results": tasks,
        "n-samples": samples,
        "model_name": file.models[0].name,
        "lmms_eval_version": file.version,
        "date": file.measured_at,
    }
