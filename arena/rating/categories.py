"""Boards of categories, pooled towards the board of all other votes (empirical Bayes).

Model: a category's strengths are those of everything else plus deviations of variance tau^2,
which is estimated from all categories together (Efron and Morris, J. Amer. Statist. Assoc. 70,
1975; tau maximises the Laplace approximation of the marginal likelihood). A category with many
votes speaks for itself, one with few leans on the rest, and each row says how much. A category
never leans on its own votes, so a dominant one is not mistaken for agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from arena.rating.board import (
    NEWEST_VERSION,
    ConnectedModels,
    StrengthEstimates,
    assemble_fit,
    connect_models,
)
from arena.rating.comparisons import Floats, PairCounts
from arena.rating.fit import RATED, STANDARD_SCALE, RatingFit, RatingScale
from arena.rating.inference import estimate_strengths
from arena.rating.intervals import squared_residuals
from arena.rating.newton import PairPoints, StrengthOptimum, expected_points, laplacian
from arena.rating.strengths import rate_connected
from arena.rating.vote_sums import sum_votes

DEVIATION_DETAIL = "tau"
"""The key of `RatingFit.details` for the deviation of categories, in points."""

# Deviations between one and six hundred points, in natural-log odds.
_LEAST = 0.006
_TAUS = (np.log(_LEAST), np.log(3.5))
# Spread of a model that only this category has seen: 350 points.
_UNKNOWN = 4.0
_EXACT = 1e-8
_TRUST = 0.75
# Ties alone have no variance, but no category is a million votes to itself.
_CALMEST = 0.1
_MOST_STEPS = 500  # rounding alone may keep the last step from shrinking further


@dataclass(frozen=True, slots=True, eq=False)
class _CategoryPrior:
    """The statement of all other votes about a category.

    Mean [K], covariance [K, K] of their error, and how much of tau^2 their own deviations add.
    """

    mean: Floats
    error: Floats
    spread: float

    def precision(self, tau: float) -> Floats:
        """Inverse of error plus deviations, [K, K]."""
        deviation = tau**2 * (1.0 + self.spread) * np.eye(len(self.mean))
        return np.asarray(np.linalg.inv(self.error + deviation), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _CategoryPosterior:
    """Mode [K], inverse of information plus precision, and log marginal likelihood."""

    theta: Floats
    inverse: Floats
    evidence: float


def fit_categories(
    parts: Mapping[str, PairCounts],
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    overall: PairCounts | None = None,
    deviation: float | None = None,
    version: int = NEWEST_VERSION,
) -> dict[str, RatingFit]:
    """Return a board for each category. `overall`, by default the sum of the parts, includes them.

    Models have to be connected on the overall board, and not in their category. `details["tau"]` is
    the deviation in points, estimated from these categories unless `deviation` gives it; `borrowed`
    of a row is the share of the other votes in its rating.
    Raises ValueError as the methods do, and if a part has votes that `overall` lacks.
    """
    everything = sum(parts.values(), PairCounts.empty(len(models))) if overall is None else overall
    base = connect_models(everything, models, scale, version=version)
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    boards = {name: replace(base, counts=part) for name, part in parts.items()}
    if base.empty:
        nobody = StrengthEstimates.empty()
        return {
            name: assemble_fit("bradley_terry", b, nobody, **shared) for name, b in boards.items()
        }
    calm = vote_dispersion(everything.take(base.inside), base)
    inside = {name: part.take(base.inside) for name, part in parts.items()}
    tallies = {
        name: PairPoints.of((part.beat + 0.5 * part.tied) / calm) for name, part in inside.items()
    }
    priors = {
        name: category_prior(everything - part, parts, name, base) for name, part in parts.items()
    }
    seen = [(tallies[name], priors[name]) for name in parts if parts[name].total]
    tau = estimate_deviation(seen) if deviation is None else max(deviation / scale.per_nat, _LEAST)
    return {
        key: pooled_board(b, tallies[key], priors[key], tau, shared) for key, b in boards.items()
    }


def fit_pooled(
    part: PairCounts,
    overall: PairCounts,
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    deviation: float | None = None,
    version: int = NEWEST_VERSION,
) -> RatingFit:
    """The board of one category (or any other part of the votes), pooled towards the rest.

    `overall` [M] counts all votes, those of `part` [M] among them; counts rather than a fit of
    them, since the category must not lean on itself. `deviation`, in points, is how far
    categories lie from the overall board where that is known from several (`details["tau"]` of
    `fit_categories`); None estimates it from this part alone. Rows have `interval="pooled"` and
    `borrowed`. A pure function of its arguments; raises ValueError as `fit_categories` does.
    """
    return fit_categories(
        {"": part},
        models=models,
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        overall=overall,
        deviation=deviation,
        version=version,
    )[""]


def vote_dispersion(everything: PairCounts, base: ConnectedModels) -> float:
    """Variance of the votes over that of coin throws: ties make votes say more than their model
    believes, and tau would come out too small (quasi-likelihood, Wedderburn, Biometrika 61, 1974).
    """
    found, _ = rate_connected(sum_votes(base.counts, base), base)
    state = _state(found.theta)
    noise = squared_residuals(state, everything.table).sum()
    coins = (everything.met * state.expected * state.expected.T).sum()
    return max(float(noise / coins), _CALMEST)


def _state(theta: Floats) -> StrengthOptimum:
    """Return the state that residuals are taken from; no information is asked of it."""
    return StrengthOptimum(theta, expected_points(theta), np.eye(0), np.eye(0), 0)


def category_prior(
    rest: PairCounts, parts: Mapping[str, PairCounts], name: str, base: ConnectedModels
) -> _CategoryPrior:
    """Strengths from the other votes; models that they do not reach stand at the level."""
    size = len(base.inside)
    mean, error = np.zeros(size), np.eye(size) * _UNKNOWN
    inside = [base.models[i] for i in base.inside]
    seen = connect_models(rest.take(base.inside), inside, STANDARD_SCALE, version=base.version)
    if not seen.empty:
        found, _ = rate_connected(sum_votes(seen.counts, seen), seen)
        mean[found.inside] = found.theta
        error[np.ix_(found.inside, found.inside)] = found.covariance
    others = np.array([part.total for key, part in parts.items() if key != name], dtype=float)
    spread = float((others**2).sum() / max(rest.total, 1) ** 2)
    return _CategoryPrior(mean, error, spread)


def _posterior(
    tally: PairPoints, prior: _CategoryPrior, tau: float, start: Floats
) -> _CategoryPosterior:
    """Newton's method on the posterior; the prior makes any category definite."""
    theta, precision = start, prior.precision(tau)
    for _ in range(_MOST_STEPS):
        chance, pull, information = _pulls(tally, prior, precision, theta)
        slope = (tally.points - tally.games * chance).sum(axis=1) - pull
        step = np.linalg.solve(information, slope)
        reach = float(np.abs(step).max())
        theta = theta + step * min(1.0, _TRUST / max(reach, 1e-300))
        if reach < _EXACT:
            break
    chance, pull, information = _pulls(tally, prior, precision, theta)
    evidence = float((tally.points * np.log(chance)).sum() - 0.5 * (theta - prior.mean) @ pull)
    evidence += 0.5 * float(np.linalg.slogdet(precision)[1] - np.linalg.slogdet(information)[1])
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return _CategoryPosterior(theta, inverse, evidence)


def _pulls(
    tally: PairPoints, prior: _CategoryPrior, precision: Floats, theta: Floats
) -> tuple[Floats, Floats, Floats]:
    """Win chances, the prior's pull back, and the information of votes and prior."""
    chance = expected_points(theta)
    pull: Floats = precision @ (theta - prior.mean)
    information: Floats = laplacian(tally.games * chance * chance.T) + precision
    return chance, pull, information


def estimate_deviation(categories: Sequence[tuple[PairPoints, _CategoryPrior]]) -> float:
    """The tau under which all categories are least surprising."""
    starts = [prior.mean for _, prior in categories]

    def surprise(log_tau: float) -> float:
        total = 0.0
        for i, (tally, prior) in enumerate(categories):
            found = _posterior(tally, prior, float(np.exp(log_tau)), starts[i])
            starts[i] = found.theta
            total -= found.evidence
        return total

    best = scipy.optimize.minimize_scalar(
        surprise, bounds=_TAUS, method="bounded", options={"xatol": 0.02}
    )
    return float(np.exp(best.x))


def pooled_board(
    base: ConnectedModels,
    tally: PairPoints,
    prior: _CategoryPrior,
    tau: float,
    shared: Mapping[str, Any],
) -> RatingFit:
    found = _posterior(tally, prior, tau, prior.mean)
    precision = prior.precision(tau)
    chance = expected_points(found.theta)
    information = (tally.games * chance * chance.T).sum(axis=1) + np.diagonal(precision)
    part = base.counts.take(base.inside)
    trust = float(tally.games.sum()) / max(2 * part.total, 1)
    # The noise of the category's votes, each counted `trust` times, plus the error of the
    # prior, as far as they reach the rating.
    residuals = squared_residuals(_state(found.theta), part.table)
    noise = laplacian(residuals) * trust**2 + precision
    covariance: Floats = found.inverse @ noise @ found.inverse
    strengths = estimate_strengths(
        base,
        found.theta,
        [covariance],
        information=information,
        thin=np.zeros(len(base.inside), dtype=bool),  # the prior leaves no model thin
        interval="pooled",
    )
    details = {DEVIATION_DETAIL: shared["scale"].per_nat * tau}
    fit = assemble_fit("bradley_terry", base, strengths, details=details, **shared)
    names = (base.models[i] for i in base.inside)
    share = dict(zip(names, np.diagonal(found.inverse @ precision).tolist(), strict=True))
    return replace(
        fit,
        rows=tuple(
            replace(row, borrowed=share[row.model]) if row.state == RATED else row
            for row in fit.rows
        ),
    )
