"""Bradley-Terry: Firth's penalty, leverage-corrected or voter-clustered errors, thin-model guard.

Both kinds of tie are half a win for each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import Strengths, anchor_index, assemble, check_names
from arena.rating.clusters import Clustered, clustered
from arena.rating.comparisons import Comparisons, Floats, PairCounts, beat, drawn
from arena.rating.fit import STANDARD, Fit, Scale
from arena.rating.graph import components, main_component
from arena.rating.intervals import Z95, base_weights, contrast, guarded, sandwich, thin_models
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
    both took points from and left points to the rest. `seed` draws the errors behind the ranks.
    Raises ValueError on an unknown penalty, a wrong number of names or an unknown anchor.
    """
    if penalty not in get_args(Penalty):
        raise ValueError(f"penalty {penalty!r} is none of {', '.join(get_args(Penalty))}")
    counts = votes if isinstance(votes, PairCounts) else votes.counts(len(models))
    check_names(models, counts.models)
    anchor = anchor_index(models, scale)
    label = components(counts, strongly=penalty == "none")
    inside = np.flatnonzero(main_component(label, counts.votes, models, anchor))
    pinned = None if anchor is None else int(np.searchsorted(inside, anchor))
    evidence = _evidence(votes, inside, len(models))
    found, details = rate(evidence, inside, pinned=pinned, firth=penalty == "firth")
    groups = int(label.max(initial=-1)) + 1
    return assemble(
        "bradley_terry",
        counts,
        models,
        found,
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"penalty": penalty, "components": groups, **details},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Connected votes: sums of weights and of squared weights [K, K, 4], and rows where given."""

    table: NDArray[Any]
    squared: NDArray[Any]
    rows: Comparisons | None = None


def _evidence(votes: PairCounts | Comparisons, inside: NDArray[np.intp], models: int) -> Evidence:
    everyone = len(inside) == models
    if isinstance(votes, PairCounts):
        table = votes.table if everyone else votes.take(inside).table
        return Evidence(table, table)
    rows = votes if everyone else votes.inside(inside, models)
    weighed = rows.weighed(len(inside))
    squared = weighed if rows.weight is None else rows.weighed(len(inside), power=2)
    return Evidence(weighed, squared, rows)


def rate(
    evidence: Evidence,
    inside: NDArray[np.intp],
    *,
    pinned: int | None = None,
    firth: bool = True,
    start: Floats | None = None,
) -> tuple[Strengths, dict[str, Any]]:
    """Strengths with covariance of connected models; `pinned` is the anchor's place among them.

    `start` [K] warms the search up and does not change where it ends.
    """
    if len(inside) < 2:
        nobody = inside[:0]
        return Strengths(nobody, np.zeros(0), np.zeros((0, 0))), {"steps": 0, "thin": 0}
    tally = Tally.of(beat(evidence.table) + 0.5 * drawn(evidence.table))
    optimum = solve(tally, firth=firth, start=start)
    thin = thin_models(optimum, tally.games)
    base = base_weights(thin, pinned)
    grouped = None if evidence.rows is None else clustered(optimum, evidence.rows)
    robust = grouped.covariance if grouped else sandwich(optimum, evidence.squared, leverage=firth)
    covariance = contrast(robust, base)
    if firth:
        covariance = guarded(covariance, contrast(optimum.inverse, base), thin)
    theta = optimum.theta - base @ optimum.theta
    quantile = grouped.quantile if grouped else Z95
    details = {"steps": optimum.steps, "thin": int(thin.sum()), **_voters(grouped)}
    return Strengths(inside, theta, covariance, quantile), details


def _voters(grouped: Clustered | None) -> dict[str, Any]:
    if grouped is None:
        return {"errors": "independent"}
    return {"errors": "clustered", "effective_voters": grouped.effective}
