"""Turn what the statistics find among votes into findings in the words of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.conf import settings

from arena.catalog.models import ModelCard
from arena.integrity.selectors.dismissals import DismissedCases
from arena.integrity.selectors.votes import RecentVotes, reading_times
from arena.integrity.services.cases import CaseFinding
from arena.integrity.states import CaseKind, PushDirection
from arena.integrity.statistics.betting import ExaminedVotes, Floats, FrozenStrengths
from arena.integrity.statistics.findings import (
    BettingFinding,
    PatternFinding,
    betting_voters,
    campaigns,
    drifting_models,
    rushed_voters,
    same_answers,
)

CURVE_POINTS = 120
"""Points of a curve that a case keeps."""


def patterns(votes: RecentVotes, dismissed: DismissedCases) -> Iterator[CaseFinding]:
    """Yield the voters whose votes show a pattern, whatever the models."""
    left = np.flatnonzero(dismissed.left(CaseKind.SAME_ANSWER, votes))
    for found in same_answers(votes.voter[left], votes.choice[left]):
        yield _pattern(CaseKind.SAME_ANSWER, found, votes.keys[left], votes)
    left = np.flatnonzero(dismissed.left(CaseKind.RUSHED, votes))
    seconds, words = reading_times(votes)
    for found in rushed_voters(votes.voter[left], seconds[left], words[left]):
        yield _pattern(CaseKind.RUSHED, found, votes.keys[left], votes)


def pushes(
    votes: RecentVotes, strengths: FrozenStrengths, dismissed: DismissedCases
) -> Iterator[CaseFinding]:
    """Yield voters, campaigns and models whose votes the reference board can't explain."""
    examined, rows = votes.among(strengths.names)
    keys = votes.keys[rows]
    cards = dict(ModelCard.objects.filter(slug__in=strengths.names).values_list("slug", "pk"))

    def told(kind: CaseKind, found: BettingFinding, seen: ExaminedVotes, of: Any) -> CaseFinding:
        return CaseFinding(
            kind=kind,
            votes=of[found.rows].tolist(),
            last_vote=int(of[-1]),
            carriers=of[found.rows[np.isin(seen.voter[found.rows], found.carriers)]].tolist(),
            card=cards[strengths.names[found.model]],
            direction=PushDirection(found.direction),
            voter=votes.voters[int(found.voters[0])] if kind == CaseKind.BETTING else None,
            evidence=evidence_of(found, seen, strengths),
        )

    left = dismissed.left(CaseKind.BETTING, votes)[rows]
    counted = votes.counts[rows]
    for found in betting_voters(examined.take(left), strengths):
        yield told(CaseKind.BETTING, found, examined.take(left), keys[left])
        if settings.INTEGRITY_EXCLUDES:
            counted = counted & (examined.voter != found.voters[0])
    seen, of = examined.take(counted), keys[counted]
    for kind, find in ((CaseKind.DRIFT, drifting_models), (CaseKind.CAMPAIGN, campaigns)):
        begin = dismissed.beginnings(kind, of, strengths.names)
        for found in find(seen, strengths, begin):
            yield told(kind, found, seen, of)


def evidence_of(
    found: BettingFinding, votes: ExaminedVotes, strengths: FrozenStrengths
) -> dict[str, Any]:
    """Return what a case keeps: the curve, and what the model took beside what was expected."""
    own = votes.take(found.rows)
    played = own.take((own.a == found.model) | (own.b == found.model))
    on_a = played.a == found.model
    opponent = np.where(on_a, played.b, played.a)
    model = np.full(len(played), found.model)
    expected = strengths.chances(model, opponent, 0.0)
    taken = np.where(on_a, played.points, 1.0 - played.points)
    return {
        "curve": thinned_curve(found.curve),
        "level": round(found.level, 3),
        "bets": len(played),
        "expected": round(float(expected.mean()), 4),
        "taken": round(float(taken.mean()), 4),
    }


def thinned_curve(curve: Floats) -> list[list[float]]:
    """Return at most so many points of a curve, each the number of a bet and the wealth after it;
    the first, the last and the highest are among them."""
    picked = np.linspace(0, len(curve) - 1, min(len(curve), CURVE_POINTS)).round().astype(int)
    picked = np.union1d(picked, [int(curve.argmax())])
    return [[int(row) + 1, round(float(curve[row]), 2)] for row in picked.tolist()]


def _pattern(kind: CaseKind, found: PatternFinding, keys: Any, votes: RecentVotes) -> CaseFinding:
    return CaseFinding(
        kind=kind,
        votes=keys[found.rows].tolist(),
        last_vote=int(votes.keys[-1]),
        voter=votes.voters[found.voter],
        evidence={"count": found.count, "of": found.of, "chance": found.chance},
    )
