"""A model before and after tuning, on the same held-out items, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

ROUNDS: Final = 4000


class NotBetter(Exception):
    """The tuned model is not certainly better than its base, so it is kept out."""


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Shares of right items in percent, and the difference with its 95 % interval.

    The interval is a percentile bootstrap over items, each with its result before and after.
    """

    measure: str
    items: int
    before: float
    after: float
    lower: float
    upper: float

    def __str__(self) -> str:
        gain = f"{self.after - self.before:+.1f} ({self.lower:+.1f} to {self.upper:+.1f})"
        return f"{self.measure}: {self.before:.1f} before, {self.after:.1f} after, {gain}"


def compare(
    measure: str, before: Sequence[bool], after: Sequence[bool], *, seed: int = 0
) -> PairedComparison:
    """Compare results on the same items, in the same order."""
    first, second = np.asarray(before, float), np.asarray(after, float)
    drawn = np.random.default_rng(seed).integers(0, len(first), (ROUNDS, len(first)))
    differences = (second - first)[drawn].mean(axis=1)
    lower, upper = np.percentile(100 * differences, [2.5, 97.5])
    return PairedComparison(
        measure,
        len(first),
        100 * float(first.mean()),
        100 * float(second.mean()),
        float(lower),
        float(upper),
    )


def check_gain(comparisons: Sequence[PairedComparison]) -> None:
    """Let a tuned model pass. The first measure must have risen beyond its interval, and none may
    have fallen beyond its own. Raises NotBetter, which says what was found."""
    first = comparisons[0]
    if first.lower <= 0:
        what = "fell" if first.upper < 0 else "did not rise beyond its interval"
        raise NotBetter(f"{first.measure} {what}. {first}")
    for other in comparisons[1:]:
        if other.upper < 0:
            raise NotBetter(f"{other.measure} fell. {other}")
