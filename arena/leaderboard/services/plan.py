"""What the ratings say about which pairs should meet next."""

from __future__ import annotations

import hashlib
import json

import numpy as np
from django.conf import settings

from arena.battles.models import DrawPlan
from arena.battles.selectors import active_versions
from arena.leaderboard import selectors
from arena.leaderboard.selectors import Head, Tally
from arena.matchmaking import draw_plan
from arena.rating.fit import Fit


def is_current(head: Head) -> bool:
    """Whether the plan in force was made from this ledger, policy and catalogue."""
    return selectors.plan_basis() == _basis(head)


def _basis(head: Head) -> str:
    weights = sorted((slug, version.card.weight) for slug, version in active_versions().items())
    facts = json.dumps([head.hash, settings.DRAW_POLICY, weights])
    return hashlib.sha256(facts.encode()).hexdigest()


def store(tally: Tally, fit: Fit) -> None:
    """The next plan over the cards that can be drawn now; only the one in force is kept, since a
    battle stores the probability with which it was drawn."""
    versions = active_versions()
    basis = _basis(tally.head)
    if basis == selectors.plan_basis():
        return
    slugs = sorted(versions)
    pairs = _pairs(slugs, [versions[slug].card.weight for slug in slugs], tally, fit)
    plan = DrawPlan.objects.create(policy=settings.DRAW_POLICY, pairs=pairs, basis=basis)
    DrawPlan.objects.filter(pk__lt=plan.pk).delete()


def _pairs(
    slugs: list[str], weights: list[float], tally: Tally, fit: Fit
) -> list[tuple[str, str, float]]:
    if len(slugs) < 2:
        return []
    known = [index for index, slug in enumerate(slugs) if slug in tally.slugs]
    place = [tally.slugs.index(slugs[index]) for index in known]
    theta, votes = np.full(len(slugs), np.nan), np.zeros(len(slugs), dtype=np.int64)
    covariance = np.full((len(slugs), len(slugs)), np.nan)
    theta[known], votes[known] = fit.theta[place], tally.counts.votes[place]
    covariance[np.ix_(known, known)] = fit.covariance[np.ix_(place, place)]
    plan = draw_plan(
        theta=theta,
        covariance=covariance,
        votes=votes,
        strategy=settings.DRAW_POLICY,
        weights=weights,
    )
    return [(slugs[i], slugs[j], probability) for i, j, probability in plan.as_rows()]
