"""The strengths and their covariance beside a board's newest snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.boards.models import Snapshot, SnapshotStrengths
from arena.boards.services.recipes import ComputedBoard
from arena.rating.comparisons import Floats
from arena.rating.fit import RATED
from arena.rating.probabilities import probability_first

MOST_MODELS = 500
"""For larger boards no covariance is kept: it would take over a megabyte for each snapshot."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedStrengths:
    """The strengths of the rated models of a fit; empty if there are none or too many."""

    names: tuple[str, ...]
    theta: Floats
    covariance: Floats
    first: Floats


def strengths_of(found: ComputedBoard) -> FittedStrengths:
    """Return the strengths of the models that have a rank, in the order of the fit's models; none
    of a board by what voters said of themselves, of which only rounded numbers leave."""
    fit = found.fit
    rated = {row.model for row in fit.rows if row.state == RATED}
    kept = [place for place, name in enumerate(fit.models) if name in rated]
    kept = [] if found.is_coarse or len(kept) > MOST_MODELS else kept
    theta, covariance = fit.theta[kept], fit.covariance[np.ix_(kept, kept)]
    first = probability_first(theta, covariance)
    return FittedStrengths(tuple(fit.models[i] for i in kept), theta, covariance, first)


def store_strengths(snapshot: Snapshot, found: FittedStrengths) -> None:
    """Put them in the place of those of the board's snapshot before; inside a transaction."""
    numbers = np.concatenate([found.theta, found.covariance.reshape(-1)])
    SnapshotStrengths.objects.update_or_create(
        board_id=snapshot.board_id,
        defaults={
            "snapshot": snapshot,
            "names": list(found.names),
            "first": [round(float(one), 6) for one in found.first],
            "numbers": numbers.astype("<f4").tobytes(),
        },
    )
