"""The public data of a model: card, versions, standings, record, style and scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean, median
from typing import Any

from django.db.models import Count, Q

from arena.battles.models import Generation
from arena.battles.states import GenerationState
from arena.benchmarks.selectors import scores_of
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.selectors import public_cards
from arena.catalog.states import HealthState, ProbeResult
from arena.core.errors import NotFound
from arena.datasets.selectors.ledger import public_versions
from arena.integrity.selectors.public import models_under_review
from arena.leaderboard.selectors.card_changes import card_changes
from arena.leaderboard.selectors.models import ModelPage, model_page
from arena.resources.record_schemas import (
    MeanAnswerStyle,
    ModelAnswer,
    ModelScore,
    ModelSummary,
    OpponentSummary,
    PublicModelList,
    RatingAt,
    StateChange,
    StateChangeList,
    VersionSummary,
)
from arena.resources.selectors.leaderboards import is_permissive, rows_of
from arena.resources.selectors.trust import correctness_row, reason_rows

ANSWERS = 200
"""The newest answers that style and speed are read from."""
_COUNTS = ("tokens", "length", "headers", "lists", "bold")


def model_list(*, after: str, limit: int) -> PublicModelList:
    """Return a page of the public models by key, behind the key ``after``."""
    passed = Count("versions", Q(versions__probe=ProbeResult.PASSED))
    public = public_cards().filter(slug__gt=after)
    cards = list(public.annotate(passed=passed).order_by("slug")[: limit + 1])
    more = cards[limit - 1].slug if len(cards) > limit else ""
    listed = [ModelSummary(**_facts(card), versions=card.passed) for card in cards[:limit]]
    return PublicModelList(models=listed, next=more)


def model_answer(slug: str) -> ModelAnswer:
    """Return what is public of a model. Raise NotFound for one that has never been public."""
    page = model_page(slug)
    card = page.card
    reviewed = models_under_review()
    standings = [
        row
        for one in page.standings
        for row in rows_of(one.board.slug, one.snapshot, [one.line], reviewed)
    ]
    return ModelAnswer(
        **_facts(card),
        description=card.description,
        limits=card.limits,
        accuracy=card.accuracy,
        versions=_versions(page.versions),
        standings=standings,
        history=[RatingAt(**{**asdict(point), "generated_at": point.at}) for point in page.history],
        opponents=[
            OpponentSummary(
                opponent=record.opponent.slug,
                battles=record.votes,
                wins=record.wins,
                losses=record.losses,
                ties=record.ties,
                both_bad=record.both_bad,
                win_rate=round(record.percent / 100, 6),
            )
            for record in page.records
        ],
        style=_style(card),
        correctness=correctness_row(card.slug, page.correctness) if page.correctness else None,
        reasons=reason_rows(card),
        benchmarks=[
            ModelScore(
                benchmark=key,
                score=score.percent,
                standard_error=score.error,
                judge=score.judge,
                partial=score.is_partial,
                tool=" ".join(word for word in (score.tool, score.version) if word),
                source=score.source,
                measured_at=score.measured_at,
            )
            for key, score in sorted(scores_of(card).items())
        ],
        **_tuning(page),
    )


def state_changes(*, model: str, before: str) -> StateChangeList:
    """Return a page of changes before a key. Raise NotFound for a model that is not public."""
    page = card_changes(model, before)
    if model and page.card is None:
        raise NotFound
    return StateChangeList(
        changes=[
            StateChange(
                model_name=change.card.slug,
                version=change.version.number if change.version else None,
                replaced=change.replaced.number if change.replaced else None,
                before=change.before,
                after=change.after,
                reason=change.reason,
                words=change.words,
                actor=change.actor,
                changed_at=change.created_at,
            )
            for change in page.changes
        ],
        next=str(page.older or ""),
    )


def _facts(card: ModelCard) -> dict[str, Any]:
    return {
        "model_name": card.slug,
        "display_name": card.name,
        "organization": card.organization,
        "license": card.license,
        "license_permissive": is_permissive(card.license),
        "parameters": card.parameters,
        "status": card.state,
    }


def _tuning(page: ModelPage) -> dict[str, Any]:
    base = next((one for one in page.related if one.is_base), None)
    others = [one.card.slug for one in page.related if one is not base and one.card != page.card]
    return {
        "tuned_from": base.card.slug if base else "",
        "tuned_from_version": base.base_version if base else None,
        "tuned_models": others,
    }


def _versions(versions: Sequence[ModelVersion]) -> list[VersionSummary]:
    known = public_versions() if versions else {}
    return [
        VersionSummary(
            version=version.number,
            source=known[version.pk].hub_id,
            revision=known[version.pk].revision,
            created_at=version.created_at,
            health=(HealthState.OUT if version.is_out else HealthState.WELL).value,
        )
        for version in versions
    ]


def _style(card: ModelCard) -> MeanAnswerStyle:
    """Read style of battles with a vote only: no figure may change while a voter still decides."""
    voted = Generation.objects.filter(
        version__card=card, state=GenerationState.ENDED, turn__battle__vote__unlisted=False
    )
    names = (*_COUNTS, "first_text_ms", "total_ms")
    rows = list(voted.order_by("-pk").values(*names)[:ANSWERS])
    known = {name: [row[name] for row in rows if row[name] is not None] for name in _COUNTS}
    means = {name: round(fmean(found), 3) if found else None for name, found in known.items()}
    streamed = [row for row in rows if row["total_ms"] > row["first_text_ms"] and row["tokens"]]
    speeds = [1000 * row["tokens"] / (row["total_ms"] - row["first_text_ms"]) for row in streamed]
    firsts = [row["first_text_ms"] / 1000 for row in streamed]
    return MeanAnswerStyle(
        answers=len(rows),
        **means,
        median_output_tokens_per_second=round(median(speeds), 3) if speeds else None,
        median_time_to_first_token_seconds=round(median(firsts), 3) if firsts else None,
    )
