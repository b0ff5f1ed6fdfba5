"""Davidson's ties model: ratings of wins alone, with the tendencies to tie and to both bad.

Where Bradley-Terry calls any tie half a win, this model gives `tie` and `both_bad` chances of
their own. 400 points are 10 : 1 once there is a winner, so ratings lie wider apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.comparisons import Comparisons, Floats, Outcome, PairCounts
from arena.rating.fit import STANDARD, Fit, Scale
from arena.rating.intervals import THIN, Z95, base_weights, contrast, guarded
from arena.rating.ties import Shares, Tied, shares, solve_with_ties

NEEDS_ROWS = False


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
) -> Fit:
    """Rate the connected models.

    `details["tendencies"]`: chance of each kind of tie between equals, with 95% interval.
    `details["rates"]`: per model, how often its votes ended so and how often the model says
    they should have. Weights do not enter.
    """
    base = ground(votes, models, scale)
    found = Strengths.nobody()
    details: dict[str, Any] = {"tendencies": {}, "rates": {}}
    if not base.empty:
        counts = base.counts.take(base.inside)
        tied = solve_with_ties(counts.table)
        now = shares(tied.theta, tied.tendency)
        found = _strengths(base, counts, tied, now)
        details = {"tendencies": _tendencies(tied), "rates": _rates(base, counts, now)}
    return assemble(
        "davidson", base, found, scale=scale, seed=seed, min_votes=min_votes, details=details
    )


def _strengths(base: Ground, counts: PairCounts, tied: Tied, now: Shares) -> Strengths:
    models = len(tied.theta)
    wins, losses = ((counts.met * part).sum(axis=1) for part in (now.win, now.loss))
    thin = np.minimum(wins, losses) < THIN
    level = base_weights(thin, base.pinned)
    robust = contrast(tied.covariance[:models, :models], level)
    model_based = contrast(tied.inverse[:models, :models], level)
    theta = tied.theta - level @ tied.theta
    return Strengths(base.inside, theta, guarded(robust, model_based, thin))


def _tendencies(tied: Tied) -> dict[str, dict[str, float]]:
    """Chance between equals; the interval is that of its log odds against the other outcomes."""
    kinds = np.exp(tied.tendency)
    whole = 2.0 + kinds.sum()
    slope = np.diag(1.0 / (1.0 - kinds / whole)) @ (np.eye(2) - kinds / whole)
    error = Z95 * np.sqrt(np.diagonal(slope @ tied.covariance[-2:, -2:] @ slope.T))
    odds = np.log(kinds / (whole - kinds))
    chances = (1.0 / (1.0 + np.exp(-value)) for value in (odds, odds - error, odds + error))
    values = zip(*(chance.tolist() for chance in chances), strict=True)
    keys = ("chance", "lower", "upper")
    return {
        kind.word: dict(zip(keys, row, strict=True))
        for kind, row in zip((Outcome.TIE, Outcome.BOTH_BAD), values, strict=True)
    }


def _rates(base: Ground, counts: PairCounts, now: Shares) -> dict[str, dict[str, float]]:
    columns: dict[str, Floats] = {}
    for i, kind in enumerate((Outcome.TIE, Outcome.BOTH_BAD)):
        sided = counts.table[:, :, kind]
        columns[kind.word] = (sided + sided.T).sum(axis=1) / counts.votes
        columns[f"{kind.word}_expected"] = (counts.met * now.level[i]).sum(axis=1) / counts.votes
    listed = {key: column.tolist() for key, column in columns.items()}
    names = [base.models[i] for i in base.inside]
    return {
        name: {key: values[i] for key, values in listed.items()} for i, name in enumerate(names)
    }
