"""Scores as a table: models by benchmarks, with an average and what is known of each model."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from arena.benchmarks.catalogue import (
    TYPED,
    TYPED_METRIC,
    Benchmark,
    ScoreSource,
    benchmarks,
)
from arena.benchmarks.formats import result_formats
from arena.benchmarks.models import BenchmarkScore, EvaluatedModel, ScoreImport
from arena.benchmarks.results import BenchmarkResult, NamedModel, ResultFile
from arena.catalog.models import ModelCard
from arena.core.amounts import short_count

OPEN_VLM = "open-vlm"
"""The format whose file holds many models at once."""
SHIPPED = "shipped:"
"""The beginning of the source of a version that comes with the arena."""
BILLION = 10**9
SIZE_CLASSES = (4, 10, 20, 40)
"""Upper bounds in billions of parameters, as the Open VLM Leaderboard divides models."""
_PARAMETERS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([BM])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnScore:
    """A model's score of one benchmark in percent, with what a reader needs to judge it."""

    percent: float
    error: float | None
    judge: str
    is_partial: bool
    tool: str
    version: str
    source: str
    measured_at: str


@dataclass(frozen=True, slots=True)
class ScoredModel:
    """A row of the table.

    `slug` is empty for a model without a card. `parameters` and `has_open_weights` are None if
    neither the card nor the file states them. `average` and `mean_rank` are None if a chosen score
    is missing; the latter is the mean of the model's places, among all models that have a score of
    a benchmark, over the chosen benchmarks.
    """

    name: str
    slug: str
    organization: str
    licence: str
    parameters: int | None
    has_open_weights: bool | None
    scores: Mapping[str, ColumnScore]
    average: float | None
    mean_rank: float | None = None

    @property
    def size_class(self) -> str:
        """Return the class of size: "<4B" to ">40B", or "unknown"."""
        return size_class(self.parameters)

    @property
    def parameters_short(self) -> str:
        """Return the parameters as "7B" or "450M", or nothing where they are unknown."""
        return "" if self.parameters is None else short_count(self.parameters)


def size_class(parameters: int | None) -> str:
    """Return the name of the class of size that a number of parameters belongs to."""
    if parameters is None:
        return "unknown"
    lower = 0
    for upper in SIZE_CLASSES:
        if parameters < upper * BILLION:
            return f"{lower}-{upper}B" if lower else f"<{upper}B"
        lower = upper
    return f">{lower}B"


def default_columns() -> tuple[str, ...]:
    """Return the keys of the benchmarks that the table opens with."""
    return tuple(key for key, each in benchmarks().items() if each.is_default)


def scored_models(chosen: Collection[str]) -> list[ScoredModel]:
    """Return each evaluated model with a score of a benchmark of the catalogue, with its average
    over the `chosen` ones.

    Of several scores of one column the one that was imported last stands. Three queries.
    """
    rows: defaultdict[int, list[BenchmarkScore]] = defaultdict(list)
    for score in _column_scores().order_by("source_id"):
        rows[score.model_id].append(score)
    shown = EvaluatedModel.objects.filter(pk__in=rows).exclude(card__unlisted=True)
    models = shown.select_related("card__facts", "card__answering_version").order_by("name")
    scored: list[ScoredModel] = []
    for model in models:
        columns = _columns(rows[model.pk])
        known = [columns[key].percent for key in chosen if key in columns]
        card, facts = model.card, model.facts
        scored.append(
            ScoredModel(
                name=card.name if card else model.name,
                slug=card.slug if card else "",
                organization=(card.organization if card else "")
                or _text(facts, "Org", "developer"),
                licence=card.license if card else "",
                parameters=(card.parameters if card else None) or _parameters(facts),
                has_open_weights=_openness(card, facts),
                scores=columns,
                average=sum(known) / len(known) if known and len(known) == len(chosen) else None,
            )
        )
    places = {
        key: sorted(-model.scores[key].percent for model in scored if key in model.scores)
        for key in chosen
    }
    return [replace(model, mean_rank=_mean_rank(model, places)) for model in scored]


def scores_of(card: ModelCard) -> dict[str, ColumnScore]:
    """Return the scores of a card's evaluated models by benchmark, the newest of each."""
    return _columns(_column_scores().filter(model__card=card).order_by("source_id"))


def board_file() -> ResultFile:
    """Return all evaluated models with what the Open VLM Leaderboard's file can hold of them.

    Scores that were read from such a file stand as they were; a score of another tool stands on
    that file's scale where the column has one data set there.
    """
    shown = EvaluatedModel.objects.exclude(card__unlisted=True)
    models = {model.pk: model for model in shown.select_related("card")}
    rows: defaultdict[int, list[BenchmarkScore]] = defaultdict(list)
    for score in BenchmarkScore.objects.select_related("source").order_by("source_id"):
        rows[score.model_id].append(score)
    results: list[BenchmarkResult] = []
    for key, scores in rows.items():
        if key not in models:
            continue
        name = models[key].name
        found = {
            (source.datasets[0], source.metric): columns.percent * source.maximum / 100
            for benchmark, columns in _columns(scores).items()
            for source in benchmarks()[benchmark].sources
            if source.tool == OPEN_VLM and len(source.datasets) == 1
        }
        own = [score for score in scores if score.source.format == OPEN_VLM]
        found |= {(score.dataset, score.metric): score.value for score in own}
        results += [BenchmarkResult(name, *place, value) for place, value in found.items()]
    written = {result.model for result in results}
    named = []
    for model in models.values():
        facts, card = dict(model.facts), model.card
        if not facts and card is not None:  # what its card says, in the words of the file
            count = card.parameters
            facts = {
                "Method": [card.name, ""],
                "Parameters": short_count(count) if count else "",
                "Org": card.organization,
            }
        named.append(NamedModel(model.name, facts))
    newest = ScoreImport.objects.filter(format=OPEN_VLM).first()
    return ResultFile(
        tool=OPEN_VLM,
        measured_at=newest.measured_at if newest else "",
        models=tuple(model for model in named if model.name in written),
        results=tuple(results),
    )


def _column_scores() -> QuerySet[BenchmarkScore]:
    """Return the scores that a column can show; a file has a hundred times as many others."""
    sources = [source for benchmark in benchmarks().values() for source in benchmark.sources]
    places = {dataset for source in sources for dataset in source.datasets}
    metrics = {TYPED_METRIC, *(source.metric for source in sources)}
    found = BenchmarkScore.objects.filter(dataset__in=places | set(benchmarks()))
    return found.filter(metric__in=metrics).select_related("source")


def _openness(card: ModelCard | None, facts: Mapping[str, Any]) -> bool | None:
    """Return whether anybody can have the weights: by the file, else by where the arena has them
    from. None is for an endpoint and for a folder of the operator's."""
    said = {"yes": True, "no": False}.get(_text(facts, "OpenSource").lower())
    if said is not None or card is None:
        return said
    version = card.answering_version
    is_shipped = version is not None and version.source.startswith(SHIPPED)
    on_the_hub = hasattr(card, "facts") and bool(card.facts.hub_id)
    return True if is_shipped or on_the_hub else None


def _mean_rank(model: ScoredModel, places: Mapping[str, list[float]]) -> float | None:
    """Return the mean of the model's places, 1 for the best; equal scores share a place.

    `places` are the negated scores of each chosen benchmark in order.
    """
    if model.average is None:
        return None
    found = [1 + bisect_left(scores, -model.scores[key].percent) for key, scores in places.items()]
    return sum(found) / len(found)


def _columns(rows: Iterable[BenchmarkScore]) -> dict[str, ColumnScore]:
    """Return the newest complete score of each benchmark; `rows` go from old to new."""
    by_import: dict[int, list[BenchmarkScore]] = {}
    for row in rows:
        by_import.setdefault(row.source_id, []).append(row)
    return {
        benchmark.key: found
        for scores in by_import.values()
        for benchmark in benchmarks().values()
        if (found := _column(benchmark, scores)) is not None
    }


def _column(benchmark: Benchmark, scores: list[BenchmarkScore]) -> ColumnScore | None:
    """Return the benchmark's score in one import, or None where its tool wrote none."""
    origin = scores[0].source
    by_place = {(score.dataset, score.metric): score for score in scores}
    values = {place: score.value for place, score in by_place.items()}
    typed = ScoreSource(TYPED, (benchmark.key,), TYPED_METRIC, 100.0)
    for source in (*benchmark.sources, typed):
        percent = source.percent(values) if source.tool == origin.format else None
        if percent is None:
            continue
        used = [by_place[dataset, source.metric] for dataset in source.datasets]
        alone = used[0].standard_error if len(used) == 1 else None
        return ColumnScore(
            percent=percent,
            error=None if alone is None else 100 * alone / source.maximum,
            judge=used[0].judge,
            is_partial=any(score.is_partial for score in used),
            tool=origin.tool if origin.format == TYPED else result_formats()[origin.format].TITLE,
            version=origin.tool_version,
            source=origin.source,
            measured_at=origin.measured_at,
        )
    return None


def _parameters(facts: Mapping[str, Any]) -> int | None:
    found = _PARAMETERS.match(_text(facts, "Parameters"))
    if found is None:
        return None
    unit = BILLION if found[2].upper() == "B" else 10**6
    return round(float(found[1]) * unit)


def _text(facts: Mapping[str, Any], *names: str) -> str:
    return next((str(facts[name]) for name in names if facts.get(name)), "")
