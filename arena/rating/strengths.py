"""Bradley-Terry strengths of connected models, with their covariance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from arena.rating.board import ConnectedModels, StrengthEstimates
from arena.rating.clusters import describe_errors, errors_by_voter
from arena.rating.comparisons import Floats
from arena.rating.equality import MOST_MODELS, difference_ratios
from arena.rating.inference import estimate_strengths
from arena.rating.intervals import sandwich, thin_models, unseen_noise
from arena.rating.newton import PairPoints, solve_strengths
from arena.rating.vote_sums import VoteSums


def rate_connected(
    sums: VoteSums,
    base: ConnectedModels,
    *,
    firth: bool = True,
    start: Floats | None = None,
    tested: bool = False,
) -> tuple[StrengthEstimates, dict[str, Any]]:
    """Return the strengths without the rows of a board; one vote more costs this.

    `start` [K] warms the search up and does not change where it ends. Where `tested`, the board is
    small and its votes are independent and weigh the same, differences of models with few upsets
    are judged by score tests (`arena.rating.equality`). Raises ValueError where no finite optimum
    is reached.
    """
    points = PairPoints.of_table(sums.table)
    optimum = solve_strengths(points, firth=firth, start=start)
    thin = thin_models(optimum, points.games)
    clusters = errors_by_voter(optimum, sums.rows)
    robust = clusters.covariance if clusters else sandwich(optimum, sums.squared, leverage=firth)
    strengths = estimate_strengths(
        base,
        optimum.theta,
        [robust, unseen_noise(optimum, sums.squared)] if firth else [robust],
        information=(points.games * optimum.expected * optimum.expected.T).sum(axis=1),
        thin=thin,
        model_based=optimum.inverse if firth else None,
        clusters=clusters,
    )
    if tested and clusters is None and sums.table is sums.squared and len(thin) <= MOST_MODELS:
        theta, errors = strengths.theta, strengths.covariance
        strengths = replace(strengths, ratio=difference_ratios(points, theta, errors, thin))
    names = [base.models[i] for i in base.inside[thin].tolist()]
    return strengths, {"steps": optimum.steps, "thin": names, **describe_errors(clusters)}
