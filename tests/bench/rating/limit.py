"""The best that any rule could do: continuous A-optimal design from the truth itself."""

from __future__ import annotations

import numpy as np

from arena.rating.newton import laplacian
from tests.arena.rating.synthetic import tie_share

_STEPS = 400


def fewer_than_uniform(truth):
    """Votes that uniform pairs need over those of the optimal design, for the same mean width.

    The multiplicative algorithm (Silvey, Titterington and Torsney, Commun. Statist. 7, 1978) on
    the information of the votes; widths from the sandwich, since ties make votes less noisy.
    """
    i, j = np.triu_indices(len(truth), 1)
    chance = 1.0 / (1.0 + np.exp(truth[j] - truth[i]))
    worth = chance * (1.0 - chance)
    noise = worth - tie_share(chance) / 4.0
    even = np.full(len(i), 1.0 / len(i))
    widths = [_width(share, i, j, worth, noise) for share in (even, _optimal(i, j, worth))]
    return (widths[0] / widths[1]) ** 2


def _spread(value, i, j):
    size = int(j.max()) + 1
    weight = np.zeros((size, size))
    weight[i, j] = weight[j, i] = value
    return laplacian(weight)


def _width(share, i, j, worth, noise):
    """Mean standard error about the mean of all models, of one vote's worth."""
    inverse = np.linalg.pinv(_spread(share * worth, i, j))
    return np.sqrt(np.diag(inverse @ _spread(share * noise, i, j) @ inverse)).mean()


def _optimal(i, j, worth):
    share = np.full(len(i), 1.0 / len(i))
    for _ in range(_STEPS):
        inverse = np.linalg.pinv(_spread(share * worth, i, j))
        square = (inverse / np.sqrt(np.diag(inverse))) @ inverse
        own = np.diag(square)
        share = share * np.sqrt(worth * (own[i] + own[j] - 2.0 * square[i, j]))
        share /= share.sum()
    return share
