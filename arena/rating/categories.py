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
from scipy.optimize import minimize_scalar

from arena.rating.board import Ground, Strengths, assemble, ground
from arena.rating.comparisons import Floats, PairCounts
from arena.rating.evidence import evidence_of
from arena.rating.fit import STANDARD, Fit, Row, Scale
from arena.rating.intervals import squared_residuals
from arena.rating.level import level_of
from arena.rating.methods.bradley_terry import VERSION, rate
from arena.rating.newton import Optimum, Tally, expected_points, laplacian

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
class _Prior:
    """What all other votes say about a category: mean [K], covariance [K, K] of their error,
    and how much of tau^2 their own deviations add."""

    mean: Floats
    error: Floats
    spread: float

    def precision(self, tau: float) -> Floats:
        """Inverse of error plus deviations, [K, K]."""
        deviation = tau**2 * (1.0 + self.spread) * np.eye(len(self.mean))
        return np.asarray(np.linalg.inv(self.error + deviation), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """Mode [K], inverse of information plus precision, and log marginal likelihood."""

    theta: Floats
    inverse: Floats
    evidence: float


def fit_categories(
    parts: Mapping[str, PairCounts],
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    overall: PairCounts | None = None,
    deviation: float | None = None,
    version: int = VERSION,
) -> dict[str, Fit]:
    """One board per category. `overall` defaults to the sum of the parts, which lie in it.

    Models need the overall board to be connected, not their category. `details["tau"]` is the
    deviation in points, estimated from these categories unless `deviation` gives it; a row's
    `borrowed` is the other votes' share in its rating.
    Raises ValueError as the methods do, and when a part holds votes that `overall` lacks.
    """
    everything = sum(parts.values(), PairCounts.empty(len(models))) if overall is None else overall
    base = ground(everything, models, scale, version=version)
    shared: dict[str, Any] = {"scale": scale, "seed": seed, "min_votes": min_votes}
    boards = {name: replace(base, counts=part) for name, part in parts.items()}
    if base.empty:
        nobody = Strengths.nobody()
        return {name: assemble("bradley_terry", b, nobody, **shared) for name, b in boards.items()}
    calm = _dispersion(everything.take(base.inside), base)
    tallies = {name: _tally(part.take(base.inside), calm) for name, part in parts.items()}
    priors = {name: _prior(everything - part, parts, name, base) for name, part in parts.items()}
    seen = [(tallies[name], priors[name]) for name in parts if parts[name].total]
    tau = _deviation(seen) if deviation is None else max(deviation / scale.per_nat, _LEAST)
    return {key: _board(b, tallies[key], priors[key], tau, shared) for key, b in boards.items()}


def fit_pooled(
    part: PairCounts,
    overall: PairCounts,
    *,
    models: Sequence[str],
    scale: Scale = STANDARD,
    seed: int = 0,
    min_votes: int = 1,
    deviation: float | None = None,
    version: int = VERSION,
) -> Fit:
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


def _dispersion(everything: PairCounts, base: Ground) -> float:
    """Variance of the votes over that of coin throws: ties make votes say more than their model
    believes, and tau would come out too small (quasi-likelihood, Wedderburn, Biometrika 61, 1974).
    """
    found, _ = rate(evidence_of(base.counts, base), base)
    state = _state(found.theta)
    noise = squared_residuals(state, everything.table).sum()
    coins = (everything.met * state.expected * state.expected.T).sum()
    return max(float(noise / coins), _CALMEST)


def _state(theta: Floats) -> Optimum:
    """What residuals are taken from; no information is asked of it."""
    return Optimum(theta, expected_points(theta), np.eye(0), np.eye(0), 0)


def _tally(part: PairCounts, dispersion: float) -> Tally:
    return Tally.of((part.beat + 0.5 * part.drawn) / dispersion)


def _prior(rest: PairCounts, parts: Mapping[str, PairCounts], name: str, base: Ground) -> _Prior:
    """Strengths from the other votes; models that they do not reach stand at the level."""
    size = len(base.inside)
    mean, error = np.zeros(size), np.eye(size) * _UNKNOWN
    inside = [base.models[i] for i in base.inside]
    seen = ground(rest.take(base.inside), inside, STANDARD, version=base.version)
    if not seen.empty:
        found, _ = rate(evidence_of(seen.counts, seen), seen)
        mean[found.inside] = found.theta
        error[np.ix_(found.inside, found.inside)] = found.covariance
    others = np.array([part.total for key, part in parts.items() if key != name], dtype=float)
    spread = float((others**2).sum() / max(rest.total, 1) ** 2)
    return _Prior(mean, error, spread)


def _posterior(tally: Tally, prior: _Prior, tau: float, start: Floats) -> _Posterior:
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
    return _Posterior(theta, inverse, evidence)


def _pulls(
    tally: Tally, prior: _Prior, precision: Floats, theta: Floats
) -> tuple[Floats, Floats, Floats]:
    """Win chances, the prior's pull back, and the information of votes and prior."""
    chance = expected_points(theta)
    pull: Floats = precision @ (theta - prior.mean)
    information: Floats = laplacian(tally.games * chance * chance.T) + precision
    return chance, pull, information


def _deviation(categories: Sequence[tuple[Tally, _Prior]]) -> float:
    """The tau under which all categories are least surprising."""
    starts = [prior.mean for _, prior in categories]

    def surprise(log_tau: float) -> float:
        total = 0.0
        for i, (tally, prior) in enumerate(categories):
            found = _posterior(tally, prior, float(np.exp(log_tau)), starts[i])
            starts[i] = found.theta
            total -= found.evidence
        return total

    best = minimize_scalar(surprise, bounds=_TAUS, method="bounded", options={"xatol": 0.02})
    return float(np.exp(best.x))


def _board(base: Ground, tally: Tally, prior: _Prior, tau: float, shared: Mapping[str, Any]) -> Fit:
    found = _posterior(tally, prior, tau, prior.mean)
    precision = prior.precision(tau)
    chance = expected_points(found.theta)
    information = (tally.games * chance * chance.T).sum(axis=1) + np.diagonal(precision)
    nobody = np.zeros(len(base.inside), dtype=bool)  # the prior leaves no model thin
    level = level_of(base, information, thin=nobody)
    part = base.counts.take(base.inside)
    trust = float(tally.games.sum()) / max(2 * part.total, 1)
    covariance = level.about(_covariance(part, found, precision, trust))
    theta = level.strengths(found.theta)
    strengths = Strengths(base.inside, theta, covariance, level.zero, interval="pooled")
    details = {"tau": shared["scale"].per_nat * tau}
    fit = assemble("bradley_terry", base, strengths, details=details, **shared)
    names = (base.models[i] for i in base.inside)
    share = dict(zip(names, np.diagonal(found.inverse @ precision).tolist(), strict=True))
    return replace(fit, rows=tuple(_told(row, share) for row in fit.rows))


def _covariance(part: PairCounts, found: _Posterior, precision: Floats, trust: float) -> Floats:
    """Noise of the category's votes, each counted `trust` times, plus error of the prior, as far
    as they reach the rating."""
    residuals = squared_residuals(_state(found.theta), part.table)
    noise = laplacian(residuals) * trust**2 + precision
    covariance: Floats = found.inverse @ noise @ found.inverse
    return covariance


def _told(row: Row, share: Mapping[str, float]) -> Row:
    return replace(row, borrowed=share[row.model]) if row.state == "rated" else row
