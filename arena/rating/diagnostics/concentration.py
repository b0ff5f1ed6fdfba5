"""Measure how much of the board is the taste of a few voters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import Comparisons


@dataclass(frozen=True, slots=True)
class VoteConcentration:
    """`voters` known; `effective`: as many equal voters would weigh the same, (sum n)^2 / sum
    n^2; `heaviest` and `top_percent`: shares of the busiest voter and of the busiest 1% (at
    least one voter); `unknown`: share of votes without a voter."""

    voters: int
    effective: float
    heaviest: float
    top_percent: float
    unknown: float


def concentration(rows: Comparisons) -> VoteConcentration | None:
    """Votes per voter; None where no voter is known."""
    if rows.voter is None:
        return None
    known = rows.voter[rows.voter >= 0]
    if not len(known):
        return None
    votes = np.sort(np.unique(known, return_counts=True)[1])[::-1]
    busiest = max(1, round(0.01 * len(votes)))
    return VoteConcentration(
        voters=len(votes),
        effective=float(len(known) ** 2 / (votes.astype(np.float64) ** 2).sum()),
        heaviest=float(votes[0] / len(known)),
        top_percent=float(votes[:busiest].sum() / len(known)),
        unknown=float(1.0 - len(known) / len(rows)),
    )
