"""Bradley-Terry: Firth's penalty, leverage-corrected or voter-clustered errors, thin-model guard.

Both kinds of tie are half a win for each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from numpy.typing import NDArray

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.clusters import Clustered, clustered
from arena.rating.comparisons import Comparisons, Floats, PairCounts, beat, drawn
from arena.rating.fit import STANDARD, Fit, Interval, Scale
from arena.rating.intervals import (
    Z95,
    base_weights,
    contrast,
    guarded,
    sandwich,
    thin_models,
    unseen_noise,
)
from arena.rating.newton import Tally, solve

NEEDS_ROWS = False
Penalty = Literal["firth", "none"]


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
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
    base = ground(votes, models, scale, strongly=penalty == "none")
    found: Strengths = Strengths.nobody()
    details: dict[str, Any] = {}
    if not base.empty:
        evidence = evidence_of(votes, base)
        found, details = rate(evidence, base, firth=penalty == "firth")
    return assemble(
        "bradley_terry",
        base,
        found,
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"penalty": penalty, **details},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Connected votes: sums of weights and of squared weights [K, K, 4], and rows where given."""

    table: NDArray[Any]
    squared: NDArray[Any]
    rows: Comparisons | None = None


def evidence_of(votes: PairCounts | Comparisons, base: Ground) -> Evidence:
    """The votes between the models that are rated."""
    size, everyone = len(base.inside), len(base.inside) == len(base.models)
    if isinstance(votes, PairCounts):
        table = votes.table if everyone else votes.take(base.inside).table
        return Evidence(table, table)
    rows = votes if everyone else votes.inside(base.inside, len(base.models))
    weighed = rows.weighed(size)
    squared = weighed if rows.weight is None else rows.weighed(size, power=2)
    return Evidence(weighed, squared, rows)


def rate(
    evidence: Evidence, base: Ground, *, firth: bool = True, start: Floats | None = None
) -> tuple[Strengths, dict[str, Any]]:
    """Strengths with covariance, without the rows of a board; one vote more costs this.

    `start` [K] warms the search up and does not change where it ends.
    """
    tally = Tally.of(beat(evidence.table) + 0.5 * drawn(evidence.table))
    optimum = solve(tally, firth=firth, start=start)
    thin = thin_models(optimum, tally.games)
    level = base_weights(thin, base.pinned)
    grouped = None if evidence.rows is None else clustered(optimum, evidence.rows)
    robust = grouped.covariance if grouped else sandwich(optimum, evidence.squared, leverage=firth)
    covariance = contrast(robust, level)
    if firth:
        covariance += contrast(unseen_noise(optimum, evidence.squared), level)
        covariance = guarded(covariance, contrast(optimum.inverse, level), thin)
    theta = optimum.theta - level @ optimum.theta
    quantile = grouped.quantile if grouped else Z95
    shaky = [base.models[i] for i in base.inside[thin].tolist()]
    details = {"steps": optimum.steps, "thin": shaky, **_voters(grouped)}
    basis: Interval = "voters" if grouped else "votes"
    return Strengths(base.inside, theta, covariance, quantile, basis), details


def _voters(grouped: Clustered | None) -> dict[str, Any]:
    if grouped is None:
        return {"errors": "independent"}
    return {"errors": "clustered", "effective_voters": grouped.effective}
