"""Votes from known strengths, for tests and studies."""

from __future__ import annotations

import numpy as np

from arena.rating.comparisons import Comparisons, PairCounts, VoteOutcome


def tie_share(chance, ties=0.45):
    """Ties grow towards even pairs and leave the expected score where it was."""
    return ties * 2.0 * np.minimum(chance, 1.0 - chance)


def counts_from(theta, games, rng, ties=0.45):
    """Multinomial outcomes for `games[i, j]` (i on side a); E[score] = sigmoid(difference)."""
    chance = 1.0 / (1.0 + np.exp(theta[None, :] - theta[:, None]))
    draw = tie_share(chance, ties)
    shares = np.stack([chance - draw / 2, 1 - chance - draw / 2, draw / 2, draw / 2], axis=-1)
    return PairCounts(rng.multinomial(games, np.clip(shares, 0, 1)).astype(np.int64))


def games_between(models, votes, rng, weight=None):
    """`votes` spread over the ordered pairs in proportion to the product of the weights."""
    weight = np.ones(models) if weight is None else weight
    pull = np.outer(weight, weight)
    np.fill_diagonal(pull, 0.0)
    return rng.multinomial(votes, (pull / pull.sum()).ravel()).reshape(models, models)


def rows_of(counts):
    """One row per vote, in the order of the cells."""
    a, b, outcome = np.nonzero(counts.table)
    repeat = counts.table[a, b, outcome]
    return Comparisons(np.repeat(a, repeat), np.repeat(b, repeat), np.repeat(outcome, repeat))


def shuffled(rows, rng):
    """The same votes in another order."""
    return rows.take(rng.permutation(len(rows)))


def swapped(counts):
    """Every vote with its sides exchanged."""
    order = [VoteOutcome.B, VoteOutcome.A, VoteOutcome.TIE, VoteOutcome.BOTH_BAD]
    return PairCounts(counts.table.transpose(1, 0, 2)[:, :, order])


def by_model(fit):
    """Rows by model name."""
    return {row.model: row for row in fit.rows}


def names(models):
    """m00, m01, ..."""
    return [f"m{i:03d}" for i in range(models)]


def styled_rows(theta, effects, votes, rng, verbosity=0.8):
    """Votes whose score also depends on style; each model has its own verbosity."""
    models, habit = len(theta), rng.normal(0.0, verbosity, len(theta))
    a = rng.integers(0, models, votes)
    b = (a + rng.integers(1, models, votes)) % models
    style = rng.normal(0.0, 1.0, (votes, len(effects)))
    style[:, 0] += habit[a] - habit[b]
    style /= np.sqrt((style**2).mean(axis=0))
    chance = 1.0 / (1.0 + np.exp(-(theta[a] - theta[b] + style @ np.asarray(effects))))
    draw, dice = tie_share(chance), rng.random(votes)
    outcome = np.where(dice < chance - draw / 2, 0, np.where(dice < 1 - draw, 1, 2))
    a, b, outcome = a.astype(np.int16), b.astype(np.int16), outcome.astype(np.int8)
    return Comparisons(a, b, outcome, features=style.astype(np.float32))
