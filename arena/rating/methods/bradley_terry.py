"""Bradley-Terry on pair counts: Firth's penalty, leverage-corrected sandwich, thin-model guard.

Both kinds of tie are half a win for each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import Strengths, anchor_index, assemble, check_names
from arena.rating.comparisons import Comparisons, Floats, PairCounts
from arena.rating.fit import STANDARD, Fit, Scale
from arena.rating.graph import components, main_component
from arena.rating.intervals import base_weights, contrast, guarded, sandwich, thin_models
from arena.rating.newton import Optimum, Tally, solve

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
    """Rate the connected models; see `intervals` for what the 95% intervals are.

    Without the penalty only models within reach of a finite optimum get numbers: those that
    both took points from and left points to the rest. `seed` draws the
    normal errors behind the ranks. Raises ValueError on an unknown penalty, a wrong number of names or an unknown anchor.
    """
    if penalty not in get_args(Penalty):
        raise ValueError(f"penalty {penalty!r} is none of {', '.join(get_args(Penalty))}")
    counts = votes if isinstance(votes, PairCounts) else votes.counts(len(models))
    check_names(models, counts.models)
    anchor = anchor_index(models, scale)
    label = components(counts, strongly=penalty == "none")
    inside = np.flatnonzero(main_component(label, counts.votes, models, anchor))
    strengths, details = _strengths(counts, inside, anchor, firth=penalty == "firth")
    groups = int(label.max(initial=-1)) + 1
    return assemble(
        "bradley_terry",
        counts,
        models,
        strengths,
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"penalty": penalty, "components": groups, **details},
    )


def _strengths(
    counts: PairCounts, inside: NDArray[np.intp], anchor: int | None, *, firth: bool
) -> tuple[Strengths, dict[str, int]]:
    if len(inside) < 2:
        nobody = inside[:0]
        return Strengths(nobody, np.zeros(0), np.zeros((0, 0))), {"steps": 0, "thin": 0}
    part = counts.take(inside) if len(inside) < counts.models else counts
    tally = Tally.of(part.beat + 0.5 * part.drawn)
    optimum = solve(tally, firth=firth)
    thin = thin_models(optimum, tally.games)
    pinned = None if anchor is None else int(np.searchsorted(inside, anchor))
    base = base_weights(thin, pinned)
    covariance = _covariance(optimum, part, thin, base, firth=firth)
    theta = optimum.theta - base @ optimum.theta
    details = {"steps": optimum.steps, "thin": int(thin.sum())}
    return Strengths(inside, theta, covariance), details


def _covariance(
    optimum: Optimum, part: PairCounts, thin: NDArray[np.bool_], base: Floats, *, firth: bool
) -> Floats:
    robust = contrast(sandwich(optimum, part, leverage=firth), base)
    if not firth:
        return robust
    return guarded(robust, contrast(optimum.inverse, base), thin)
