"""Compare a simulated board with the strengths from which it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.catalog.models import ModelVersion
from arena.ledger.selectors.tallies import version_name
from arena.rating.fit import RatingFit, RatingRow

SIMULATED = "Simulated"
"""The organisation of every simulated card."""


@dataclass(frozen=True, slots=True)
class StrengthRecovery:
    """The measure of how well a board found the strengths.

    ``inside``: rated models whose true rating lies in their 95% interval. ``confirmed``: pairs of
    which one is confirmed above the other; ``wrong``: those where it is the other way round.
    """

    rated: int
    inside: int
    confirmed: int
    wrong: int
    error: float
    """Root mean square of rating minus true rating, in points."""


def recovery(fit: RatingFit) -> StrengthRecovery:
    """Compare the simulated models on the board with their true strengths.

    Truth has no level of its own: it takes the one of the board, so that the same weighted mean of
    it stands at the centre.
    """
    # Strengths in natural-log odds, which a simulated version has instead of weights, by the names
    # that boards give the version and, since it is the only one, its card.
    versions = ModelVersion.objects.filter(card__organization=SIMULATED, backend="simulated")
    truth: dict[str, float] = {}
    for slug, number, source in versions.values_list("card__slug", "number", "source"):
        truth[slug] = truth[version_name(slug, number)] = float(source)
    rows = [row for row in fit.rows if row.model in truth and row.rating is not None]
    points = {row.model: fit.scale.per_nat * truth[row.model] for row in rows}
    weights = {name: fit.zero[index] for index, name in enumerate(fit.models) if name in points}
    shared = sum(weights.values()) or 1.0
    held = sum(weights[row.model] * (_rating(row) - points[row.model]) for row in rows)
    level = float(held / shared)
    misses = [_rating(row) - points[row.model] - level for row in rows]
    inside = [
        (row.rating_lower or 0.0) <= points[row.model] + level <= (row.rating_upper or 0.0)
        for row in rows
    ]
    known = [index for index, model in enumerate(fit.models) if model in truth]
    strength = np.array([truth[fit.models[index]] for index in known])
    above = fit.above[np.ix_(known, known)]
    reversed_pairs = above & (strength[:, None] < strength[None, :])
    confirmed, wrong = int(above.sum()), int(reversed_pairs.sum())
    error = float(np.sqrt(np.mean(np.square(misses or [0.0]))))
    return StrengthRecovery(len(rows), int(sum(inside)), confirmed, wrong, error)


def _rating(row: RatingRow) -> float:
    return row.rating or 0.0
