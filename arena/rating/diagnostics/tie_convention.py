"""Does the board depend on what a tie is worth?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import Floats, PairCounts, VoteOutcome
from arena.rating.fit import STANDARD_SCALE, RatingScale
from arena.rating.graph import components
from arena.rating.newton import PairPoints, solve_strengths
from arena.rating.ranking import ranks

# Outcomes that are left out under each convention; those kept count half a win when tied.
CONVENTIONS = {
    "half": (),
    "without_both_bad": (VoteOutcome.BOTH_BAD,),
    "without_ties": (VoteOutcome.TIE, VoteOutcome.BOTH_BAD),
}


@dataclass(frozen=True, slots=True)
class TieConvention:
    """The board under one convention: who leads, the largest move against `half` in points and
    how many models change rank; None where the remaining votes do not connect the models."""

    name: str
    leader: str | None
    largest_move: float | None
    rank_changes: int | None


def tie_conventions(
    counts: PairCounts, models: Sequence[str], scale: RatingScale = STANDARD_SCALE
) -> tuple[TieConvention, ...]:
    """Return a board for each convention, `half` first. Spread is equalised before moves are
    measured: leaving out ties stretches every difference, which is no change of opinion."""
    base = _strengths(counts)
    return tuple(compare_convention(base, counts, name, models, scale) for name in CONVENTIONS)


def _strengths(counts: PairCounts) -> Floats | None:
    if not counts.total or components(counts).any():
        return None
    return solve_strengths(PairPoints.of_table(counts.table), firth=True).theta


def compare_convention(
    base: Floats | None, counts: PairCounts, name: str, models: Sequence[str], scale: RatingScale
) -> TieConvention:
    table = counts.table.copy()
    for kind in CONVENTIONS[name]:
        table[:, :, kind] = 0
    theta = _strengths(PairCounts(table))
    if base is None or theta is None:
        return TieConvention(name, None, None, None)
    stretch = float(base @ base) / max(float(base @ theta), 1e-12)
    return TieConvention(
        name,
        models[int(np.argmax(theta))],
        scale.per_nat * float(np.abs(theta * stretch - base).max()),
        int((ranks(theta) != ranks(base)).sum()),
    )
