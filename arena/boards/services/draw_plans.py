"""Compute and store the draw plan, which says by the ratings which pairs should meet next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import numpy as np
from django.conf import settings
from django.utils import timezone
from numpy.typing import NDArray

from arena.battles.models import DrawPlan
from arena.boards.selectors import plan_in_force
from arena.boards.services.recipes import ComputedBoard
from arena.catalog.models import ModelVersion, VersionHealth
from arena.catalog.selectors import active_versions, failures_by_card
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.selectors.tallies import version_name
from arena.ledger.states import RatedUnit
from arena.matchmaking import plan_pairs

CEILING = 0.5
"""No model takes part in more than half of all battles; with fewer than six models, in more than
one and a half times its even share. Operators' weights go on top."""
MOST_SECONDS = 30.0
ENTRIES_A_SECOND = 20_000
"""With a hundred models a plan has a quarter of a megabyte; a vote in a million changes none."""
Pairs = list[tuple[str, str, float]]


def is_current(head: LedgerHead) -> bool:
    """Return whether the plan in force is of this policy and catalogue, and of this ledger or
    from one that was so a moment ago."""
    stored = plan_in_force()
    if stored is None:
        return False
    if not stored.basis.endswith(_ledger_part(head)):
        wait = timedelta(seconds=min(MOST_SECONDS, head.number / ENTRIES_A_SECOND))
        if timezone.now() - stored.created_at >= wait:
            return False
    return stored.basis.startswith(_policy_part(active_versions()))


@dataclass(frozen=True, slots=True)
class NextPlan:
    """The pairs that follow from a fit, and the facts on which they rest."""

    pairs: Pairs
    basis: str


def next_plan(found: ComputedBoard) -> NextPlan:
    """Return the plan over the cards that can be drawn now.

    Its basis is read before its pairs: a catalogue that changes meanwhile makes the plan stale, as
    does a boost that ends.
    """
    versions = active_versions()
    basis = _policy_part(versions) + _ledger_part(found.head)
    return NextPlan(planned_pairs(found, versions), basis)


def store(plan: NextPlan) -> None:
    """Store the plan, which is in force from now on.

    Only this one is kept, since a battle stores the probability with which it was drawn.
    """
    row = DrawPlan.objects.create(policy=settings.DRAW_POLICY, pairs=plan.pairs, basis=plan.basis)
    DrawPlan.objects.filter(pk__lt=row.pk).delete()


def planned_pairs(
    found: ComputedBoard, versions: Mapping[str, ModelVersion], *, strategy: str = ""
) -> Pairs:
    """Return every pair of these ``active_versions`` with its probability.

    ``strategy`` is one of ``STRATEGIES``, or empty for the policy in force.
    """
    slugs = sorted(versions)
    weights = [versions[slug].card.draw_weight for slug in slugs]
    names = rated_names(versions, found.rated)
    failures = failures_by_card() if found.rated == RatedUnit.CARDS else failures_by_version()
    return pairs_over(slugs, weights, found, names=names, failures=failures, strategy=strategy)


def rated_names(versions: Mapping[str, ModelVersion], rated: RatedUnit) -> list[str]:
    """Return the names under which a board rates these versions, in the order of their slugs."""
    ordered = [versions[slug] for slug in sorted(versions)]
    if rated == RatedUnit.CARDS:
        return [one.card.slug for one in ordered]
    return [version_name(one.card.slug, one.number) for one in ordered]


def known_ratings(
    names: Sequence[str], found: ComputedBoard
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return ratings [M] and covariance [M, M] in natural-log odds, nan for what the board does not
    rate, and votes [M], in the order of the names."""
    index = {name: place for place, name in enumerate(found.slugs)}
    known = [i for i, name in enumerate(names) if name in index]
    place = [index[names[i]] for i in known]
    theta, votes = np.full(len(names), np.nan), np.zeros(len(names), dtype=np.int64)
    covariance = np.full((len(names), len(names)), np.nan)
    theta[known], votes[known] = found.fit.theta[place], found.votes[place]
    covariance[np.ix_(known, known)] = found.fit.covariance[np.ix_(place, place)]
    return theta, covariance, votes


def pairs_over(
    slugs: Sequence[str],
    weights: Sequence[float],
    found: ComputedBoard,
    *,
    names: Sequence[str] = (),
    failures: Mapping[str, int] = MappingProxyType({}),
    strategy: str = "",
) -> Pairs:
    """Return every pair of these cards with its probability, by a strategy or the policy in force.

    ``names`` are those under which the cards' versions were rated, and have failed, if not their
    slugs. A failed answer counts like a vote: its battle was drawn and brought none, and a model
    that only fails would else stay the one with the fewest votes, to be drawn again and again.
    """
    if len(slugs) < 2:
        return []
    names = names or slugs
    theta, covariance, votes = known_ratings(names, found)
    votes += [failures.get(name, 0) for name in names]
    plan = plan_pairs(
        theta=theta,
        covariance=covariance,
        votes=votes,
        strategy=strategy or settings.DRAW_POLICY,
        floor=settings.DRAW_FLOOR,
        ceiling=CEILING,
        weights=weights,
    )
    return [(slugs[i], slugs[j], probability) for i, j, probability in plan.as_rows()]


def failures_by_version() -> dict[str, int]:
    """Return, by the name that boards give a version, how many of its answers ever failed."""
    rows = VersionHealth.objects.filter(failures__gt=0)
    found = rows.values_list("version__card__slug", "version__number", "failures")
    return {version_name(slug, number): failures for slug, number, failures in found}


def _policy_part(versions: Mapping[str, ModelVersion]) -> str:
    """Return the first part of what a plan rests on: a hash of the policy and the catalogue."""
    weights = sorted(
        (slug, version.number, version.card.draw_weight) for slug, version in versions.items()
    )
    return _hash(json.dumps([settings.DRAW_POLICY, settings.DRAW_FLOOR, weights]))


def _ledger_part(head: LedgerHead) -> str:
    """Return the second part: a hash of the ledger and the failures."""
    return _hash(json.dumps([head.hash, sorted(failures_by_version().items())]))


def _hash(facts: str) -> str:
    return hashlib.sha256(facts.encode()).hexdigest()[:32]
