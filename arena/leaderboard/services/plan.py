"""What the ratings say about which pairs should meet next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

import numpy as np
from django.conf import settings
from django.utils import timezone

from arena.battles.models import DrawPlan
from arena.catalog.selectors import active_versions, failures_by_card
from arena.leaderboard import selectors
from arena.leaderboard.selectors import Head
from arena.leaderboard.services.recipes import Computed
from arena.matchmaking import draw_plan

CEILING = 0.5
"""No model takes part in more than half of all battles; with fewer than six models, in more than
one and a half times its even share. Operators' weights go on top."""
MOST_SECONDS = 30.0
ENTRIES_A_SECOND = 20_000
"""With a hundred models a plan has a quarter of a megabyte; a vote in a million changes none."""
Pairs = list[tuple[str, str, float]]


def is_current(head: Head) -> bool:
    """Whether the plan in force was made from this policy and catalogue, and from this ledger or
    from one that was so a moment ago."""
    stored = selectors.plan_in_force()
    if stored is None:
        return False
    policy, ledger = _basis(head)
    if stored.basis == policy + ledger:
        return True
    wait = timedelta(seconds=min(MOST_SECONDS, head.number / ENTRIES_A_SECOND))
    return stored.basis.startswith(policy) and timezone.now() - stored.created_at < wait


def store(found: Computed) -> None:
    """The next plan over the cards that can be drawn now; only the one in force is kept, since a
    battle stores the probability with which it was drawn."""
    if is_current(found.head):
        return
    versions = active_versions()
    slugs = sorted(versions)
    weights = [versions[slug].card.weight for slug in slugs]
    pairs = pairs_over(slugs, weights, found, failures_by_card())
    basis = "".join(_basis(found.head))
    plan = DrawPlan.objects.create(policy=settings.DRAW_POLICY, pairs=pairs, basis=basis)
    DrawPlan.objects.filter(pk__lt=plan.pk).delete()


def pairs_over(
    slugs: Sequence[str],
    weights: Sequence[float],
    found: Computed,
    failures: Mapping[str, int] = MappingProxyType({}),
) -> Pairs:
    """Every pair of these cards with its probability, by the policy in force.

    A failed answer counts like a vote: its battle was drawn and brought none, and a model that
    only fails would else stay the one with the fewest votes, to be drawn again and again.
    """
    if len(slugs) < 2:
        return []
    index = {slug: place for place, slug in enumerate(found.slugs)}
    known = [i for i, slug in enumerate(slugs) if slug in index]
    place = [index[slugs[i]] for i in known]
    theta, votes = np.full(len(slugs), np.nan), np.zeros(len(slugs), dtype=np.int64)
    covariance = np.full((len(slugs), len(slugs)), np.nan)
    theta[known], votes[known] = found.fit.theta[place], found.votes[place]
    votes += [failures.get(slug, 0) for slug in slugs]
    covariance[np.ix_(known, known)] = found.fit.covariance[np.ix_(place, place)]
    plan = draw_plan(
        theta=theta,
        covariance=covariance,
        votes=votes,
        strategy=settings.DRAW_POLICY,
        floor=settings.DRAW_FLOOR,
        ceiling=CEILING,
        weights=weights,
    )
    return [(slugs[i], slugs[j], probability) for i, j, probability in plan.as_rows()]


def _basis(head: Head) -> tuple[str, str]:
    """Two halves of what the plan remembers: policy with catalogue, and ledger with failures."""
    weights = sorted((slug, version.card.weight) for slug, version in active_versions().items())
    facts = json.dumps([settings.DRAW_POLICY, settings.DRAW_FLOOR, weights])
    drawn = json.dumps([head.hash, sorted(failures_by_card().items())])
    return _hash(facts), _hash(drawn)


def _hash(facts: str) -> str:
    return hashlib.sha256(facts.encode()).hexdigest()[:32]
