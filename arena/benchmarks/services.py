"""Taking scores from result files, joined with cards by exact names alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from arena.benchmarks.catalogue import TYPED, TYPED_METRIC, benchmarks
from arena.benchmarks.formats import read_results
from arena.benchmarks.models import BenchmarkScore, EvaluatedModel, ScoreImport
from arena.benchmarks.results import ResultFile
from arena.catalog.models import ModelCard, ModelVersion

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of importing one file. `unmatched` names the models that no card stands for."""

    source: str
    scores: int
    models: int
    unmatched: tuple[str, ...]
    problems: tuple[str, ...]
    known: bool = False
    """True where the same bytes had been imported before; nothing was written then."""


@transaction.atomic
def import_scores(
    path: Path, result_format: str, *, user: Any = None, dry_run: bool = False
) -> list[ImportReport]:
    """Read a result file, or a folder of them, and store its scores; all files or none.

    Raises UnreadableResults for a file that is not of the format, KeyError for an unknown format.
    The same bytes are stored once. With `dry_run` nothing is kept.
    """
    reports = [
        _store(file, found, result_format, user)
        for file, found in read_results(path, result_format)
    ]
    if dry_run:
        transaction.set_rollback(True)
    return reports


@transaction.atomic
def type_score_in(
    *,
    card: ModelCard,
    benchmark: str,
    percent: float,
    tool: str,
    source: str,
    tool_version: str = "",
    measured_at: str = "",
    error: float | None = None,
    items: int | None = None,
    user: Any = None,
) -> BenchmarkScore:
    """Store a score that an operator read elsewhere, with where it comes from.

    The same words again are the same score.
    """
    facts = [card.pk, benchmark, percent, error, items, tool, tool_version, source, measured_at]
    origin, _ = ScoreImport.objects.get_or_create(
        sha256=hashlib.sha256(json.dumps(facts).encode()).hexdigest(),
        defaults={
            "format": TYPED,
            "tool": tool,
            "tool_version": tool_version,
            "source": source,
            "measured_at": measured_at,
            "imported_by": user,
        },
    )
    model, _ = EvaluatedModel.objects.get_or_create(name=card.slug, defaults={"card": card})
    score, _ = BenchmarkScore.objects.get_or_create(
        source=origin,
        model=model,
        dataset=benchmark,
        metric=TYPED_METRIC,
        defaults={
            "value": percent,
            "standard_error": error,
            "items": items,
            "items_of": benchmarks()[benchmark].items,
        },
    )
    return score


def _store(file: Path, found: ResultFile, result_format: str, user: Any) -> ImportReport:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    source, is_new = ScoreImport.objects.get_or_create(
        sha256=digest,
        defaults={
            "format": result_format,
            "tool": found.tool,
            "tool_version": found.version,
            "source": file.name,
            "measured_at": found.measured_at,
            "facts": dict(found.facts),
            "imported_by": user,
        },
    )
    models = _evaluated(found)
    if is_new:
        # A file may repeat itself: the last of each model, data set and metric counts.
        last = {(each.model, each.dataset, each.metric): each for each in found.results}
        rows = (
            BenchmarkScore(
                source=source,
                model=models[each.model],
                dataset=each.dataset,
                metric=each.metric,
                value=each.value,
                standard_error=each.standard_error,
                items=each.items,
                items_of=each.items_of,
                judge=each.judge,
                details=dict(each.details),
            )
            for each in last.values()
        )
        BenchmarkScore.objects.bulk_create(rows, batch_size=CHUNK)
    unmatched = tuple(sorted(name for name, model in models.items() if model.card_id is None))
    return ImportReport(
        source=file.name,
        scores=source.scores.count(),
        models=len(models),
        unmatched=unmatched,
        problems=found.problems,
        known=not is_new,
    )


def _evaluated(found: ResultFile) -> dict[str, EvaluatedModel]:
    """Return the rows of the file's models by name, made where they are new."""
    names = [model.name for model in found.models]
    known = {model.name: model for model in EvaluatedModel.objects.filter(name__in=names)}
    new = [model for model in found.models if model.name not in known]
    rows = [
        EvaluatedModel(
            name=model.name,
            facts=dict(model.facts),
            card=version.card if version else card_named(model.name),
            version=version,
        )
        for model in new
        for version in [version_named(model.name)]
    ]
    known |= {row.name: row for row in EvaluatedModel.objects.bulk_create(rows)}
    return known


def version_named(name: str) -> ModelVersion | None:
    """Return the version that `manage.py evaluate` calls `slug@number`, or None."""
    slug, _, number = name.partition("@")
    if not re.fullmatch(r"[0-9]{1,6}", number, re.ASCII):
        return None
    return ModelVersion.objects.filter(card__slug=slug, number=int(number)).first()


def card_named(name: str) -> ModelCard | None:
    """Return the card whose slug, name or Hub id is exactly this, or None.

    A likely guess would put one model's scores beside another's votes.
    """
    for where in ({"slug": name}, {"name": name}):
        cards = list(ModelCard.objects.filter(**where)[:2])
        if len(cards) == 1:
            return cards[0]
    versions = ModelVersion.objects.filter(source=name).values_list("card", flat=True).distinct()
    cards = list(ModelCard.objects.filter(pk__in=versions)[:2])
    return cards[0] if len(cards) == 1 else None
