"""Strengths, ties and both-bad together: Davidson's model with two kinds of tie.

With d = theta_i - theta_j the four outcomes have shares exp(d/2), exp(-d/2), exp(tau) and
exp(beta) (Davidson, J. Amer. Statist. Assoc. 65, 1970, with the tie split in two). exp(d) are
the odds of a win once there is a winner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.clusters import VoteScores
from arena.rating.comparisons import Comparisons, Floats, VoteOutcome, wins_against
from arena.rating.graph import resistance
from arena.rating.newton import STALLED, cholesky_factor, inverse_from, laplacian, trusted_share

_EXACT = 1e-9
_MOST_STEPS = 5000  # a long order without a single upset is walked up at 1.5 a step
_WIDE = 1000.0
# Half a vote of each kind on an even pair keeps tendencies finite on a board without such votes.
_HALF_VOTE = 0.5
# Half of win less loss, by outcome code.
_HALF_DIFFERENCE = np.array([0.5, -0.5, 0.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class TieOptimum:
    """Strengths [M] (mean zero), tendencies to tie and both bad [2] (tau, beta), robust
    covariance and inverse information of all [M + 2, M + 2]."""

    theta: Floats
    tendency: Floats
    covariance: Floats
    inverse: Floats
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeShares:
    """Chances of the row's win and loss against the column [M, M], of tie and both bad
    [2, M, M]."""

    win: Floats
    loss: Floats
    level: Floats

    @property
    def lead(self) -> Floats:
        """Expected half-difference of wins and losses."""
        return 0.5 * (self.win - self.loss)

    @property
    def worth(self) -> Floats:
        """Information of one vote about the difference of two strengths."""
        decided, level = self.win + self.loss, self.level.sum(axis=0)
        return np.asarray(0.25 * decided * level + self.win * self.loss)


def outcome_shares(theta: Floats, tendency: Floats) -> OutcomeShares:
    """Chances of the four outcomes for every pair."""
    gap = np.clip(theta[:, None] - theta[None, :], -_WIDE, _WIDE)
    up = np.exp(0.5 * gap)
    kinds = np.exp(tendency)
    whole = up + up.T + kinds.sum()
    return OutcomeShares(up / whole, up.T / whole, kinds[:, None, None] / whole)


def solve_with_ties(table: NDArray[Any], squared: NDArray[Any] | None = None) -> TieOptimum:
    """Fit a connected table [M, M, 4] of counts or weights by Newton's method; `squared` holds
    the sums of squared weights where votes have any.

    Each pair borrows its leverage, half as wins and half as losses (the device of Firth,
    Biometrika 80, 1993), so a perfect record stays finite. Raises ValueError when no optimum is
    reached.
    """
    models = len(table)
    theta, tendency = np.zeros(models), np.zeros(2)
    counted, reach = _counted(table), np.inf
    for step in range(1, _MOST_STEPS + 1):
        now = outcome_shares(theta, tendency)
        borrowed = borrowed_from_pairs(now, counted)
        slope = tie_gradient(now, counted, borrowed)
        information = _information(now, counted.sum(axis=0), borrowed)
        move = np.asarray(np.linalg.solve(information, slope), dtype=np.float64)
        last, reach = reach, float(np.ptp(move[:models]) + np.abs(move[models:]).max())
        tilt = float(np.abs(move[models:]).max())
        move *= min(trusted_share(move[:models], counted.sum(axis=0)), 1.0 / max(tilt, 1.0))
        theta, tendency = theta + move[:models], tendency + move[models:]
        if reach < _EXACT or last <= reach < STALLED:
            noisy = counted if squared is None else _counted(squared)
            now, games = outcome_shares(theta, tendency), counted.sum(axis=0)
            plain = _information(now, games, np.zeros_like(games))
            inverse = np.asarray(np.linalg.inv(plain), dtype=np.float64)
            penalised = np.asarray(np.linalg.inv(information), dtype=np.float64)
            covariance = inverse @ squared_scores(now, noisy, penalised) @ inverse
            return TieOptimum(theta - theta.mean(), tendency, covariance, inverse, step)
    raise ValueError(f"no optimum with ties after {_MOST_STEPS} steps")


def _counted(table: NDArray[Any]) -> Floats:
    """Wins, losses, ties and both bad of the row against the column, [4, M, M].

    The diagonal, an even pair, holds the half votes.
    """
    won = wins_against(table)
    level = [
        table[:, :, kind] + table[:, :, kind].T for kind in (VoteOutcome.TIE, VoteOutcome.BOTH_BAD)
    ]
    counted = np.stack([won, won.T, *level]).astype(np.float64)
    counted += np.eye(len(table)) * (2.0 * _HALF_VOTE / len(table))
    return counted


def borrowed_from_pairs(now: OutcomeShares, counted: Floats) -> Floats:
    """Leverage of each pair's votes about its difference."""
    weight = counted.sum(axis=0) * now.worth
    np.fill_diagonal(weight, 0.0)
    loan: Floats = weight * resistance(inverse_from(cholesky_factor(weight)))
    return loan


def tie_gradient(now: OutcomeShares, counted: Floats, borrowed: Floats) -> Floats:
    """Return the gradient; small terms are never computed as differences of large ones."""
    half = 0.5 * now.level.sum(axis=0)
    ahead = counted[0] * (half + now.loss) - counted[1] * (half + now.win)
    ahead -= (counted[2:].sum(axis=0) + borrowed) * now.lead
    level = 0.5 * (counted[2:] - counted.sum(axis=0) * now.level).sum(axis=(1, 2))
    return np.concatenate([ahead.sum(axis=1), level])


def _information(now: OutcomeShares, games: Floats, borrowed: Floats) -> Floats:
    """Return the information about strengths and tendencies, [M + 2, M + 2], made definite along
    the constant vector."""
    weight = (games + borrowed) * now.worth
    np.fill_diagonal(weight, 0.0)
    own = laplacian(weight)
    own += np.trace(own) / len(own) ** 2
    across = -(games * now.level * now.lead).sum(axis=2)
    inner = -0.5 * np.einsum("kij,lij,ij->kl", now.level, now.level, games)
    inner += 0.5 * np.diag((games * now.level).sum(axis=(1, 2)))
    return np.block([[own, across.T], [across, inner]])


def squared_scores(now: OutcomeShares, counted: Floats, inverse: Floats) -> Floats:
    """Squared scores of single votes, those of strengths divided by one minus their leverage."""
    models = len(now.win)
    pull = now.worth * resistance(inverse[:models, :models])
    ahead = (_HALF_DIFFERENCE[:, None, None] - now.lead) / (1.0 - pull)
    level = np.stack([np.zeros((2, 2)), np.eye(2)]).reshape(4, 2)[:, :, None, None] - now.level
    noise = (counted * ahead**2).sum(axis=0)
    np.fill_diagonal(noise, 0.0)
    across = np.einsum("oij,oij,okij->ki", counted, ahead, level)
    inner = 0.5 * np.einsum("oij,okij,olij->kl", counted, level, level)
    return np.block([[laplacian(noise), across.T], [across, inner]])


def scores_with_ties(fit: TieOptimum, rows: Comparisons) -> VoteScores:
    """Return the scores of each vote for the difference of its strengths and both tendencies."""
    now = outcome_shares(fit.theta, fit.tendency)
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    lead, level = now.lead[rows.a, rows.b], now.level[:, rows.a, rows.b]
    happened = np.eye(len(VoteOutcome))[rows.outcome][:, [VoteOutcome.TIE, VoteOutcome.BOTH_BAD]]

    def square(own: NDArray[np.intp]) -> Floats:
        part = level[:, own] * weight[own]
        return np.asarray(np.diag(part.sum(axis=1)) - part @ level[:, own].T)

    return VoteScores(
        rows.a,
        rows.b,
        score=weight * (_HALF_DIFFERENCE[rows.outcome] - lead),
        worth=weight * now.worth[rows.a, rows.b],
        beside=weight[:, None] * (happened - level.T),
        lean=-(weight * level * lead).T,
        square=square,
    )
