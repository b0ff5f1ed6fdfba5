"""Davidson's ties model: ratings of wins alone, with the tendencies to tie and to both bad.

Where Bradley-Terry calls any tie half a win, this model gives `tie` and `both_bad` chances of
their own. 400 points are 10 : 1 once there is a winner, so ratings lie wider apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arena.rating.board import ConnectedModels, connect_models
from arena.rating.clusters import ERROR_DETAILS, clustered_errors, describe_errors
from arena.rating.comparisons import Comparisons, Floats, PairCounts, VoteOutcome
from arena.rating.descriptions import FindingTable, MethodDescription, gettext_noop
from arena.rating.fit import STANDARD_SCALE, RatingFit, RatingScale
from arena.rating.inference import Estimate, estimate_strengths, fit_connected
from arena.rating.intervals import THIN, Z95
from arena.rating.ties import (
    OutcomeShares,
    TieOptimum,
    outcome_shares,
    scores_with_ties,
    solve_with_ties,
)
from arena.rating.vote_sums import VoteSums, sum_votes

NEEDS_ROWS = False
VERSION = 2

DESCRIPTION = MethodDescription(
    title=gettext_noop("Davidson"),
    summary=gettext_noop("Ties are an outcome of their own here, not half a win for each."),
    ties=gettext_noop(
        "The rating counts wins and losses alone; a tie says how close two models are. In the win "
        "rate both kinds of tie count as half a win."
    ),
    interval="votes",
    details=(*ERROR_DETAILS, "tendencies"),
    tables=(
        FindingTable(
            detail="tendencies",
            value="chance",
            title=gettext_noop("How often nobody wins"),
            explanation=gettext_noop(
                "Chance of each kind of tie between two equally good models, in percent."
            ),
            row_heading=gettext_noop("Choice"),
            value_heading=gettext_noop("Percent"),
            rows={
                VoteOutcome.TIE.word: gettext_noop("Both good"),
                VoteOutcome.BOTH_BAD.word: gettext_noop("Both bad"),
            },
            factor=100.0,
            decimals=1,
        ),
    ),
)


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
) -> RatingFit:
    """Return the board of the connected models.

    `details["tendencies"]`: chance of each kind of tie between equals, with 95% interval.
    `details["rates"]`: per model, how often its votes ended so and how often the model says
    they should have, votes counting by their weight.
    Raises ValueError on a wrong number of names or an unknown anchor.
    """
    base = connect_models(votes, models, scale, version=version)
    return fit_connected(
        "davidson",
        base,
        lambda: _estimate(base, sum_votes(votes, base)),
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"tendencies": {}, "rates": {}},
    )


def _estimate(base: ConnectedModels, sums: VoteSums) -> Estimate:
    tied = solve_with_ties(sums.table, sums.squared)
    clusters = None
    if sums.rows is not None and sums.rows.voter is not None:
        clusters = clustered_errors(tied.inverse, scores_with_ties(tied, sums.rows), sums.rows)
    if clusters is not None:
        tied = replace(tied, covariance=clusters.covariance)
    now, size, met = outcome_shares(tied.theta, tied.tendency), len(tied.theta), _met(sums)
    wins, losses = ((met * part).sum(axis=1) for part in (now.win, now.loss))
    strengths = estimate_strengths(
        base,
        tied.theta,
        [tied.covariance[:size, :size]],
        information=(met * now.worth).sum(axis=1),
        thin=np.minimum(wins, losses) < THIN,
        model_based=tied.inverse[:size, :size],
        clusters=clusters,
    )
    details = {
        "tendencies": tie_tendencies(tied, clusters.quantile if clusters else Z95),
        "rates": tie_rates(base, sums, now),
        **describe_errors(clusters),
    }
    return strengths, details


def _met(sums: VoteSums) -> Floats:
    """Return the weight of the votes on each pair, symmetric, [K, K]."""
    sided = sums.table.sum(axis=2).astype(np.float64)
    return np.asarray(sided + sided.T)


def tie_tendencies(tied: TieOptimum, quantile: float) -> dict[str, dict[str, float]]:
    """Return chances between equals; the interval is that of the log odds against the rest."""
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
        for kind, row in zip((VoteOutcome.TIE, VoteOutcome.BOTH_BAD), values, strict=True)
    }


def tie_rates(
    base: ConnectedModels, sums: VoteSums, now: OutcomeShares
) -> dict[str, dict[str, float]]:
    columns: dict[str, Floats] = {}
    met = _met(sums)
    for i, kind in enumerate((VoteOutcome.TIE, VoteOutcome.BOTH_BAD)):
        sided = sums.table[:, :, kind]
        columns[kind.word] = (sided + sided.T).sum(axis=1) / met.sum(axis=1)
        columns[f"{kind.word}_expected"] = (met * now.level[i]).sum(axis=1) / met.sum(axis=1)
    listed = {key: column.tolist() for key, column in columns.items()}
    names = [base.models[i] for i in base.inside]
    return {
        name: {key: values[i] for key, values in listed.items()} for i, name in enumerate(names)
    }
