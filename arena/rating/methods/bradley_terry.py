"""Bradley-Terry: Firth's penalty, leverage-corrected or voter-clustered errors, thin-model guard.

Both kinds of tie are half a win for each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.clusters import by_voter, facts_of
from arena.rating.comparisons import Comparisons, Floats, PairCounts, beat, drawn
from arena.rating.evidence import Evidence, evidence_of
from arena.rating.fit import STANDARD, Fit, Interval, Scale
from arena.rating.intervals import (
    Z95,
    guarded,
    sandwich,
    thin_models,
    unseen_noise,
)
from arena.rating.level import level_of
from arena.rating.newton import Tally, solve

NEEDS_ROWS = False
VERSION = 2
Penalty = Literal["firth", "none"]


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    penalty: Penalty = "firth",
) -> Fit:
    """Rate the connected models; see `intervals` and `clusters` for what the 95% intervals are.

    Without the penalty only models within reach of a finite optimum get numbers: those that
    both took points from and left points to the rest. `details["thin"]` names the models with too
    few upsets to fix the level by. `seed` draws the errors behind the ranks.
    Raises ValueError on an unknown penalty, a wrong number of names or an unknown anchor.
    """
    if penalty not in get_args(Penalty):
        raise ValueError(f"penalty {penalty!r} is none of {', '.join(get_args(Penalty))}")
    base = ground(votes, models, scale, strongly=penalty == "none", version=version)
    found, details = Strengths.nobody(), dict[str, Any]()
    if not base.empty:
        found, details = rate(evidence_of(votes, base), base, firth=penalty == "firth")
    facts = {"penalty": penalty, **details}
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    return assemble("bradley_terry", base, found, details=facts, **shared)


def rate(
    evidence: Evidence, base: Ground, *, firth: bool = True, start: Floats | None = None
) -> tuple[Strengths, dict[str, Any]]:
    """Strengths with covariance, without the rows of a board; one vote more costs this.

    `start` [K] warms the search up and does not change where it ends.
    """
    tally = Tally.of(beat(evidence.table) + 0.5 * drawn(evidence.table))
    optimum = solve(tally, firth=firth, start=start)
    thin = thin_models(optimum, tally.games)
    information = (tally.games * optimum.expected * optimum.expected.T).sum(axis=1)
    level = level_of(base, information, thin=thin)
    grouped = by_voter(optimum, evidence.rows)
    robust = grouped.covariance if grouped else sandwich(optimum, evidence.squared, leverage=firth)
    covariance = level.about(robust)
    if firth:
        covariance += level.about(unseen_noise(optimum, evidence.squared))
        covariance = guarded(covariance, level.about(optimum.inverse), thin)
    theta = level.strengths(optimum.theta)
    quantile = grouped.quantile if grouped else Z95
    shaky = [base.models[i] for i in base.inside[thin].tolist()]
    details = {"steps": optimum.steps, "thin": shaky, **facts_of(grouped)}
    basis: Interval = "voters" if grouped else "votes"
    return Strengths(base.inside, theta, covariance, level.zero, quantile, basis), details
