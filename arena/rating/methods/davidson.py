"""Davidson's ties model: ratings of wins alone, with the tendencies to tie and to both bad.

Where Bradley-Terry calls any tie half a win, this model gives `tie` and `both_bad` chances of
their own. 400 points are 10 : 1 once there is a winner, so ratings lie wider apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.clusters import clustered, facts_of
from arena.rating.comparisons import Comparisons, Floats, Outcome, PairCounts
from arena.rating.evidence import Evidence, evidence_of
from arena.rating.fit import STANDARD, Fit, Interval, Scale
from arena.rating.intervals import THIN, Z95
from arena.rating.level import level_of
from arena.rating.ties import Shares, Tied, pulls_with_ties, shares, solve_with_ties

NEEDS_ROWS = False
VERSION = 2


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
) -> Fit:
    """Rate the connected models.

    `details["tendencies"]`: chance of each kind of tie between equals, with 95% interval.
    `details["rates"]`: per model, how often its votes ended so and how often the model says
    they should have, votes counting by their weight.
    """
    base = ground(votes, models, scale, version=version)
    found = Strengths.nobody()
    details: dict[str, Any] = {"tendencies": {}, "rates": {}}
    if not base.empty:
        found, details = _rated(base, evidence_of(votes, base))
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    return assemble("davidson", base, found, details=details, **shared)


def _rated(base: Ground, evidence: Evidence) -> tuple[Strengths, dict[str, Any]]:
    tied = solve_with_ties(evidence.table, evidence.squared)
    rows, grouped = evidence.rows, None
    if rows is not None and rows.voter is not None:
        grouped = clustered(tied.inverse, pulls_with_ties(tied, rows), rows)
    if grouped is not None:
        tied = replace(tied, covariance=grouped.covariance)
    now, quantile = shares(tied.theta, tied.tendency), grouped.quantile if grouped else Z95
    basis: Interval = "voters" if grouped else "votes"
    found = _levelled(base, evidence, tied, now)
    details = {
        "tendencies": _tendencies(tied, quantile),
        "rates": _rates(base, evidence, now),
        **facts_of(grouped),
    }
    return Strengths(base.inside, *found, quantile, basis), details


def _levelled(
    base: Ground, evidence: Evidence, tied: Tied, now: Shares
) -> tuple[Floats, Floats, Floats]:
    """Return strengths and covariance about the level, thin models guarded, and its weights."""
    models, met = len(tied.theta), _met(evidence)
    wins, losses = ((met * part).sum(axis=1) for part in (now.win, now.loss))
    thin = np.minimum(wins, losses) < THIN
    level = level_of(base, (met * now.worth).sum(axis=1), thin=thin)
    robust, model_based = (part[:models, :models] for part in (tied.covariance, tied.inverse))
    covariance = level.guarded(robust, model_based, thin)
    return level.strengths(tied.theta), covariance, level.zero


def _met(evidence: Evidence) -> Floats:
    """Weight of the votes on each pair, symmetric, [K, K]."""
    sided = evidence.table.sum(axis=2).astype(np.float64)
    return np.asarray(sided + sided.T)


def _tendencies(tied: Tied, quantile: float) -> dict[str, dict[str, float]]:
    """Chance between equals; the interval is that of its log odds against the other outcomes."""
    kinds = np.exp(tied.tendency)
    whole = 2.0 + kinds.sum()
    slope = np.diag(1.0 / (1.0 - kinds / whole)) @ (np.eye(2) - kinds / whole)
    error = quantile * np.sqrt(np.diagonal(slope @ tied.covariance[-2:, -2:] @ slope.T))
    odds = np.log(kinds / (whole - kinds))
    chances = (1.0 / (1.0 + np.exp(-value)) for value in (odds, odds - error, odds + error))
    values = zip(*(chance.tolist() for chance in chances), strict=True)
    keys = ("chance", "lower", "upper")
    return {
        kind.word: dict(zip(keys, row, strict=True))
        for kind, row in zip((Outcome.TIE, Outcome.BOTH_BAD), values, strict=True)
    }


def _rates(base: Ground, evidence: Evidence, now: Shares) -> dict[str, dict[str, float]]:
    columns: dict[str, Floats] = {}
    met = _met(evidence)
    for i, kind in enumerate((Outcome.TIE, Outcome.BOTH_BAD)):
        sided = evidence.table[:, :, kind]
        columns[kind.word] = (sided + sided.T).sum(axis=1) / met.sum(axis=1)
        columns[f"{kind.word}_expected"] = (met * now.level[i]).sum(axis=1) / met.sum(axis=1)
    listed = {key: column.tolist() for key, column in columns.items()}
    names = [base.models[i] for i in base.inside]
    return {
        name: {key: values[i] for key, values in listed.items()} for i, name in enumerate(names)
    }
