"""The level of a board: votes determine differences alone, so the zero is a convention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.rating.board import ConnectedModels
from arena.rating.comparisons import Floats
from arena.rating.intervals import contrast, guarded

SETTLED_UNTIL = 1
"""The last version of the methods whose intervals were about the settled models or the anchor."""


@dataclass(frozen=True, slots=True, eq=False)
class RatingLevel:
    """Two weighted means of strengths: one stands at zero, the other is what errors are about.

    `zero` and `reference` [K] sum to one each. Where `reference` put all its weight on one model,
    that model would show no error at all, as if its strength were known.
    """

    zero: Floats
    reference: Floats

    def strengths(self, theta: Floats) -> Floats:
        """Return `theta` [K] less its mean at zero."""
        return np.asarray(theta - self.zero @ theta)

    def about(self, covariance: Floats) -> Floats:
        """Return the covariance [K, K] of strengths less their reference."""
        return contrast(covariance, self.reference)

    def guarded(self, robust: Floats, model_based: Floats, thin: NDArray[np.bool_]) -> Floats:
        """Return the robust covariance about the reference, thin models at the larger of both."""
        return guarded(self.about(robust), self.about(model_based), thin)


def level_of(
    base: ConnectedModels, information: Floats, *, thin: NDArray[np.bool_], even: bool = False
) -> RatingLevel:
    """Return the level of a fit.

    `information` [K] is the diagonal of the information about the strengths: how much each model's
    votes say. Both ends of a vote get the same of it, so no model holds more than half of the
    reference, and a newcomer whose record is perfect holds next to nothing. The anchor, where there
    is one, stands at zero and changes no error; else, where `even`, the plain mean of all models
    does. Until version 1 the anchor, else the mean of the models that are not `thin`, was zero and
    reference alike.
    """
    if base.version <= SETTLED_UNTIL:
        chosen = ~thin if not thin.all() else np.ones_like(thin)
        even_weights = np.asarray(chosen / chosen.sum(), dtype=np.float64)
        weights = even_weights if base.pinned is None else _alone(base)
        return RatingLevel(weights, weights)
    reference = np.asarray(information / information.sum(), dtype=np.float64)
    if base.pinned is not None:
        return RatingLevel(_alone(base), reference)
    return RatingLevel(
        np.full_like(reference, 1.0 / len(reference)) if even else reference, reference
    )


def _alone(base: ConnectedModels) -> Floats:
    """Return weights that are all on the anchor."""
    weights = np.zeros(len(base.inside))
    weights[base.pinned] = 1.0
    return weights
